// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcap expressions as programs that the module runs.
 *
 * libpcap compiles for Ethernet.  The module has the EtherType beside the
 * packet, which begins with the network header: the loads are moved there.
 *
 * The outermost VLAN tag is beside the packet, too.  So the first "vlan" of an
 * expression is given to libpcap as a load from where no packet reaches, which
 * it carries through to the program.
 */
#include "np_pcap.h"

#include <ctype.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libpcap's own programs return for a packet that matches. */
#define PCAP_MATCH	262144
#define VLAN_ID_MAX	4095

/* Offsets that stand for what the kernel has beside the packet. */
#define PCAP_TAGGED	0x7ff00000U
#define PCAP_TAG	0x7ff00004U
#define PCAP_TERM	128

static bool pcap_in_word(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("._-:", c));
}

/* The first "vlan" that is a word, not part of a name; NULL: there is none. */
static const char *pcap_find_vlan(const char *text)
{
	const char *at;

	for (at = text; (at = strstr(at, "vlan")); at++)
		if ((at == text || !pcap_in_word(at[-1])) &&
		    !pcap_in_word(at[4]))
			return at;
	return NULL;
}

/* The expression with its first "vlan" as libpcap is to see it; NULL after a message. */
static char *pcap_replace_vlan(const char *text)
{
	const char *vlan = pcap_find_vlan(text);
	size_t size = strlen(text) + PCAP_TERM;
	char *copy = malloc(size), *end;
	char number[PCAP_TERM / 2] = "";
	unsigned long id;

	if (!copy) {
		fprintf(stderr, "netpath: out of memory\n");
		return NULL;
	}
	if (!vlan) {
		snprintf(copy, size, "%s", text);
		return copy;
	}
	end = (char *)vlan + 4 + strspn(vlan + 4, " \t\n");
	if (isdigit((unsigned char)*end)) {
		id = strtoul(end, &end, 0);
		if (id > VLAN_ID_MAX) {
			fprintf(stderr, "netpath: expression '%s': VLAN ID %lu is not 0 to %u\n",
				text, id, VLAN_ID_MAX);
			free(copy);
			return NULL;
		}
		snprintf(number, sizeof(number), " and link[%u:2] & %u = %lu",
			 PCAP_TAG, VLAN_ID_MAX, id);
	}
	snprintf(copy, size, "%.*s (link[%u:4] != 0%s) %s", (int)(vlan - text),
		 text, PCAP_TAGGED, number, end);
	return copy;
}

static bool pcap_ancillary(struct sock_filter *insn, int what)
{
	insn->code = BPF_LD | BPF_W | BPF_ABS;
	insn->k = (__u32)(SKF_AD_OFF + what);
	return true;
}

/* A load of a frame as one of what the module has; false: it has no such thing. */
static bool pcap_move(struct sock_filter *insn)
{
	bool load = BPF_CLASS(insn->code) == BPF_LD ||
		    BPF_CLASS(insn->code) == BPF_LDX;
	__u16 mode = BPF_MODE(insn->code);

	if (!load || (mode != BPF_ABS && mode != BPF_IND && mode != BPF_MSH))
		return true;
	if (mode == BPF_ABS && insn->k == PCAP_TAGGED)
		return pcap_ancillary(insn, SKF_AD_VLAN_TAG_PRESENT);
	if (mode == BPF_ABS && insn->k == PCAP_TAG)
		return pcap_ancillary(insn, SKF_AD_VLAN_TAG);
	if (mode == BPF_ABS && insn->k == offsetof(struct ethhdr, h_proto) &&
	    BPF_SIZE(insn->code) == BPF_H)
		return pcap_ancillary(insn, SKF_AD_PROTOCOL);
	if (insn->k < ETH_HLEN)
		return false;
	insn->k -= ETH_HLEN;
	return true;
}

static int pcap_take(const struct bpf_program *compiled,
		     const char *expression, struct np_program *program)
{
	unsigned int i;

	if (compiled->bf_len > BPF_MAXINSNS) {
		fprintf(stderr, "netpath: expression '%s': too long, %u instructions of %u\n",
			expression, compiled->bf_len, BPF_MAXINSNS);
		return -EINVAL;
	}
	program->nr = compiled->bf_len;
	for (i = 0; i < program->nr; i++) {
		const struct bpf_insn *from = &compiled->bf_insns[i];

		program->insns[i] = (struct sock_filter) {
			from->code, from->jt, from->jf, from->k
		};
		if (pcap_move(&program->insns[i]))
			continue;
		fprintf(stderr, "netpath: expression '%s': filters see no Ethernet addresses\n",
			expression);
		fprintf(stderr, "netpath: but the EtherType: ether proto, arp, ip6, vlan\n");
		return -EINVAL;
	}
	return 0;
}

/**
 * np_pcap_compile() - Compile an expression; says why it cannot.
 * @expression: as tcpdump takes it
 * @program: receives it
 *
 * Return: 0, -EINVAL or -ENOMEM, after a message.
 */
int np_pcap_compile(const char *expression, struct np_program *program)
{
	char *text = pcap_replace_vlan(expression);
	struct bpf_program compiled;
	int err = -EINVAL;
	pcap_t *pcap;

	if (!text)
		return err;
	pcap = pcap_open_dead(DLT_EN10MB, PCAP_MATCH);
	if (!pcap) {
		fprintf(stderr, "netpath: out of memory\n");
		err = -ENOMEM;
	} else if (pcap_compile(pcap, &compiled, text, 1,
				PCAP_NETMASK_UNKNOWN)) {
		fprintf(stderr, "netpath: expression '%s': %s\n", expression,
			pcap_geterr(pcap));
	} else {
		err = pcap_take(&compiled, expression, program);
		pcap_freecode(&compiled);
	}
	if (pcap)
		pcap_close(pcap);
	free(text);
	return err;
}
