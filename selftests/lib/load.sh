# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Full traffic beside a test: UDP and TCP requests, each answered, and a bulk transfer.
# Needs lib/netns.sh and its namespaces; for set-ups.  It takes all the processors' time, but
# at low priority: the emulated machine is slow, and so what the test does comes first.

load_dir=$(mktemp -d)
load_pids=()

load_start() {
	local proto

	defer load_kill
	for proto in udp tcp; do
		# not a function, which would be a shell of its own that takes the signal
		nice -n 19 "$NP_TRAFFIC" pingpong "$proto" --client-ns np-c --server-ns np-s \
			--addr "$SERVER4" --port 7000 --rounds 0 >"$load_dir/$proto" 2>&1 &
		load_pids+=($!)
	done
	nice -n 19 ip netns exec np-s iperf3 -s -1 >"$load_dir/iperf3-server" 2>&1 &
	load_pids+=($!)
	wait_for 10 "iperf3 listens" load_iperf3_listens
	nice -n 19 ip netns exec np-c iperf3 -c "$SERVER6" -t 3600 >"$load_dir/iperf3" 2>&1 &
	load_pids+=($!)
	wait_for 10 "bulk transfer runs" load_bulk_runs
}

load_iperf3_listens() {
	[[ $(ip netns exec np-s ss -Hltn) == *:5201* ]]
}

# bytes that np-s has received in all
load_bytes() {
	ip netns exec np-s cat /sys/class/net/vs/statistics/rx_bytes
}

# bytes that the bulk transfer has received
load_bulk_bytes() {
	ip netns exec np-s ss -Htin 'sport = :5201' |
		awk '{ for (i = 1; i <= NF; i++)
			if ($i ~ /^bytes_received:/ && substr($i, 16) + 0 > most) most = substr($i, 16) + 0
		} END { printf "%.0f\n", most }'
}

load_bulk_runs() {
	(($(load_bytes) > 1000000))
}

# Stop the requests and wait for their summaries.
load_stop() {
	kill -TERM "${load_pids[0]}" "${load_pids[1]}"
	wait "${load_pids[0]}" "${load_pids[1]}" || true
	load_kill
}

load_kill() {
	((${#load_pids[@]} == 0)) || kill "${load_pids[@]}" 2>/dev/null || true
	load_pids=()
}

# expect_all_answered PROTOCOL: every request of the load was
expect_all_answered() {
	local said

	said=$(<"$load_dir/$1")
	expect_match "summary of $1" '^rounds ([1-9][0-9]+) answers ([0-9]+) ' "$said"
	expect "answers to $1 requests" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	echo "# $1: ${BASH_REMATCH[1]} requests"
}
