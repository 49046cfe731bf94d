// SPDX-License-Identifier: GPL-2.0-only
/* Whether the running system lets the module work. */
#include "np_checks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>
#include <linux/version.h>

#include "compat/np_compat_points.h"
#include "np_dir.h"

#define SECURITYFS	"/sys/kernel/security"
#define LOCKDOWN	SECURITYFS "/lockdown"
#define KPROBES		"/sys/kernel/debug/kprobes/enabled"
#define VERSION		"/proc/version"

static void check_set(struct np_check *check, enum np_verdict verdict,
		      const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void check_set(struct np_check *check, enum np_verdict verdict,
		      const char *fmt, ...)
{
	va_list args;

	check->verdict = verdict;
	va_start(args, fmt);
	vsnprintf(check->text, sizeof(check->text), fmt, args);
	va_end(args);
}

/* First line of a file without its end: 0, or -errno, which is -ENODATA when it has none. */
static int check_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool got;

	if (!file)
		return -errno;
	got = fgets(line, size, file);
	fclose(file);
	if (!got)
		return -ENODATA;
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

/**
 * np_checks_loaded() - Is the module loaded?
 *
 * Return: True if it is.
 */
bool np_checks_loaded(void)
{
	return !access("/sys/module/netpath", F_OK);
}

static bool check_built_by_clang(void)
{
	char line[512];

	return !check_line(VERSION, line, sizeof(line)) && strstr(line, "clang version");
}

static void check_kernel(const struct np_facts *facts, struct np_check *check)
{
	if (facts->version < NP_OLDEST)
		check_set(check, NP_VERDICT_FAIL,
			  "%s: needs Linux %u.%u or newer", facts->release,
			  NP_OLDEST >> 16, NP_OLDEST >> 8 & 255);
	else if (strcmp(facts->machine, "x86_64") && strcmp(facts->machine, "aarch64"))
		check_set(check, NP_VERDICT_FAIL, "%s on %s: needs x86-64 or arm64",
			  facts->release, facts->machine);
	else if (check_built_by_clang())
		check_set(check, NP_VERDICT_FAIL,
			  "%s, built by clang: needs a kernel built by gcc, as clang drops arguments of functions to be hooked",
			  facts->release);
	else
		check_set(check, NP_VERDICT_OK, "%s on %s", facts->release,
			  facts->machine);
}

static void check_headers(const struct np_facts *facts, struct np_check *check)
{
	char path[128];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile",
		 facts->release);
	if (!access(path, F_OK))
		check_set(check, NP_VERDICT_OK, "the module can be built");
	else
		check_set(check, NP_VERDICT_WARN,
			  "none, so the module cannot be built here: apt install linux-headers-%s",
			  facts->release);
}

static void check_debugfs(struct np_check *check)
{
	if (geteuid())
		check_set(check, NP_VERDICT_FAIL, "needs root: try sudo netpath doctor");
	else if (np_dir_debugfs_mounted())
		check_set(check, NP_VERDICT_OK, "mounted");
	else
		check_set(check, NP_VERDICT_WARN,
			  "not mounted, so netlink only, no files: mount -t debugfs none /sys/kernel/debug");
}

static void check_tracepoints(const struct np_facts *facts,
			      struct np_check *check)
{
	if (facts->tracefs)
		check_set(check, NP_VERDICT_OK, "as %s/available_events says",
			  facts->tracefs);
	else if (geteuid())
		check_set(check, NP_VERDICT_FAIL, "needs root to see them");
	else if (facts->hidden)
		check_set(check, NP_VERDICT_WARN,
			  "hidden by lockdown; netpath stages says what the loaded module found");
	else
		check_set(check, NP_VERDICT_FAIL,
			  "cannot be seen: mount -t tracefs none /sys/kernel/tracing");
}

static void check_ftrace(struct np_check *check)
{
	char line[16];

	if (check_line("/proc/sys/kernel/ftrace_enabled", line, sizeof(line)))
		check_set(check, NP_VERDICT_FAIL,
			  "this kernel has none (CONFIG_DYNAMIC_FTRACE)");
	else if (strcmp(line, "1"))
		check_set(check, NP_VERDICT_FAIL,
			  "switched off: sysctl kernel.ftrace_enabled=1");
	else
		check_set(check, NP_VERDICT_OK, "kernel.ftrace_enabled is 1");
}

static void check_kprobes(struct np_check *check)
{
	char line[16];
	int err;

	if (!np_dir_debugfs_mounted()) {
		check_set(check, NP_VERDICT_WARN,
			  "cannot be seen without debugfs");
		return;
	}
	err = check_line(KPROBES, line, sizeof(line));
	if (err == -EPERM)
		check_set(check, NP_VERDICT_WARN,
			  "lockdown hides whether they are switched off");
	else if (err)
		check_set(check, NP_VERDICT_FAIL,
			  "this kernel has none (CONFIG_KPROBES): no function can be found");
	else if (strcmp(line, "1"))
		check_set(check, NP_VERDICT_WARN,
			  "switched off, so only ftrace hooks functions: echo 1 >%s",
			  KPROBES);
	else
		check_set(check, NP_VERDICT_OK, "enabled");
}

/* What keeps unsigned modules out stops nobody who has loaded netpath already. */
static enum np_verdict check_unsigned(void)
{
	return np_checks_loaded() ? NP_VERDICT_OK : NP_VERDICT_WARN;
}

/* The level of lockdown; NULL where there is none, or where it cannot be seen. */
static const char *check_locked(void)
{
	char line[64];

	if (check_line(LOCKDOWN, line, sizeof(line)) || strstr(line, "[none]"))
		return NULL;
	return strstr(line, "[integrity]") ? "integrity" : "confidentiality";
}

static void check_lockdown(struct np_check *check)
{
	const char *level = check_locked();
	struct statfs fs;

	if (geteuid())
		check_set(check, NP_VERDICT_WARN, "needs root to see it");
	else if (level)
		check_set(check, NP_VERDICT_WARN,
			  "%s: only a signed module can be loaded, and its files that can be written cannot be used",
			  level);
	else if (!access(LOCKDOWN, F_OK))
		check_set(check, NP_VERDICT_OK, "none");
	else if (!statfs(SECURITYFS, &fs) && fs.f_type != SECURITYFS_MAGIC)
		check_set(check, NP_VERDICT_WARN,
			  "cannot be seen: mount -t securityfs none " SECURITYFS);
	else
		check_set(check, NP_VERDICT_OK, "not in this kernel");
}

static void check_signing(struct np_check *check)
{
	char line[16];

	if (!check_line("/proc/sys/kernel/modules_disabled", line, sizeof(line)) &&
	    strcmp(line, "0"))
		check_set(check, np_checks_loaded() ? NP_VERDICT_OK : NP_VERDICT_FAIL,
			  "kernel.modules_disabled is 1: no module can be loaded or removed until the next boot");
	else if (!check_line("/sys/module/module/parameters/sig_enforce", line,
			     sizeof(line)) && !strcmp(line, "Y"))
		check_set(check, check_unsigned(),
			  "enforced: the module must be signed with a key that this kernel trusts");
	else if (check_locked())
		check_set(check, check_unsigned(),
			  "enforced by lockdown: the module must be signed with a key that this kernel trusts");
	else
		check_set(check, NP_VERDICT_OK, "not required");
}

static void check_module(struct np_check *check)
{
	check_set(check, NP_VERDICT_OK, np_checks_loaded() ?
		  "loaded" : "not loaded: insmod netpath.ko, or modprobe netpath");
}

/**
 * np_checks_run() - Look at everything that could keep netpath from working.
 * @facts: the running kernel
 * @checks: receives what was found, in an order to be shown
 */
void np_checks_run(const struct np_facts *facts,
		   struct np_check checks[NP_NR_CHECKS])
{
	static const char *const names[NP_NR_CHECKS] = {
		"kernel", "headers", "debugfs", "tracepoints", "ftrace",
		"kprobes", "lockdown", "signing", "module",
	};
	size_t i;

	for (i = 0; i < NP_NR_CHECKS; i++)
		checks[i].name = names[i];
	check_kernel(facts, &checks[0]);
	check_headers(facts, &checks[1]);
	check_debugfs(&checks[2]);
	check_tracepoints(facts, &checks[3]);
	check_ftrace(&checks[4]);
	check_kprobes(&checks[5]);
	check_lockdown(&checks[6]);
	check_signing(&checks[7]);
	check_module(&checks[8]);
}
