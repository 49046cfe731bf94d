/* SPDX-License-Identifier: GPL-2.0-only */
/* pcap expressions as programs that the module runs. */
#ifndef NP_PCAP_H
#define NP_PCAP_H

#include <linux/filter.h>

/**
 * struct np_program - a program in classic BPF, relative to the network header.
 * @nr: number of instructions; 0: none
 * @insns: the instructions
 */
struct np_program {
	unsigned int		nr;
	struct sock_filter	insns[BPF_MAXINSNS];
};

int np_pcap_compile(const char *expression, struct np_program *program);

#endif /* NP_PCAP_H */
