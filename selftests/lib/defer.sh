# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Undo registered next to do: "defer COMMAND ARG...", run in reverse by defer_run.

defer_stack=()

# defer COMMAND ARG...: run it at the end of this subtest, or of the file.
defer() {
	defer_stack+=("$(printf '%q ' "$@")")
}

defer_run() {
	local i

	for ((i = ${#defer_stack[@]} - 1; i >= 0; i--)); do
		eval "${defer_stack[i]}" || echo "# undo failed: ${defer_stack[i]}"
	done
	defer_stack=()
}
