// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcap expressions as programs that the module runs.
 *
 * libpcap compiles for packets that begin with the IP header.  It then knows
 * nothing of VLANs; what "vlan" means at the beginning of an expression is put
 * before its program here, as loads of the tag that the kernel keeps beside
 * the packet.
 */
#include "np_pcap.h"

#include <ctype.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libpcap's own programs return for a packet that matches. */
#define PCAP_MATCH	262144
#define VLAN_ID_MAX	4095

static void pcap_put(struct np_program *program, __u16 code, __u32 k, __u8 jt,
		     __u8 jf)
{
	const struct sock_filter insn = { code, jt, jf, k };

	program->insns[program->nr++] = insn;
}

/* Go on if the accumulator is (or, with @equal false, is not) k. */
static void pcap_require(struct np_program *program, __u32 k, bool equal)
{
	pcap_put(program, BPF_JMP | BPF_JEQ | BPF_K, k, equal, !equal);
	pcap_put(program, BPF_RET | BPF_K, 0, 0, 0);
}

/* Behind a word and the blanks that follow it; NULL when it is another one. */
static const char *pcap_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(text, word, len) || isalnum((unsigned char)text[len]) ||
	    (text[len] && strchr("._-:", text[len])))
		return NULL;
	return text + len + strspn(text + len, " \t\n");
}

static bool pcap_has_word(const char *text, const char *word)
{
	const char *at;

	for (at = text; (at = strstr(at, word)); at++)
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    pcap_word(at, word))
			return true;
	return false;
}

/* Return: the rest of the expression, NULL when it cannot be told apart. */
static const char *pcap_vlan(const char *text, struct np_program *program)
{
	const char *rest = text;
	unsigned long id;
	char *end;

	pcap_put(program, BPF_LD | BPF_W | BPF_ABS,
		 (__u32)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT), 0, 0);
	pcap_require(program, 0, false);
	if (isdigit((unsigned char)*text)) {
		id = strtoul(text, &end, 0);
		if (id > VLAN_ID_MAX)
			return NULL;
		pcap_put(program, BPF_LD | BPF_W | BPF_ABS,
			 (__u32)(SKF_AD_OFF + SKF_AD_VLAN_TAG), 0, 0);
		pcap_put(program, BPF_ALU | BPF_AND | BPF_K, VLAN_ID_MAX, 0, 0);
		pcap_require(program, (__u32)id, true);
		rest = end + strspn(end, " \t\n");
	}
	if (!*rest)
		return rest;
	if (!strncmp(rest, "&&", 2))
		rest += 2;
	else
		rest = pcap_word(rest, "and");
	/* "A and B or C" is "(A and B) or C" */
	if (!rest || !*rest || pcap_has_word(rest, "vlan") ||
	    ((pcap_has_word(rest, "or") || strstr(rest, "||")) &&
	     rest[strspn(rest, " \t\n")] != '('))
		return NULL;
	return rest;
}

static int pcap_add(const char *expression, struct np_program *program)
{
	pcap_t *pcap = pcap_open_dead(DLT_RAW, PCAP_MATCH);
	struct bpf_program compiled;
	unsigned int i;
	int err = -EINVAL;

	if (!pcap) {
		fprintf(stderr, "netpath: out of memory\n");
		return -ENOMEM;
	}
	if (pcap_compile(pcap, &compiled, expression, 1,
			 PCAP_NETMASK_UNKNOWN)) {
		fprintf(stderr, "netpath: expression '%s': %s\n", expression,
			pcap_geterr(pcap));
		pcap_close(pcap);
		return err;
	}
	if (program->nr + compiled.bf_len > BPF_MAXINSNS) {
		fprintf(stderr, "netpath: expression '%s': too long, %u instructions of %u\n",
			expression, compiled.bf_len, BPF_MAXINSNS);
	} else {
		for (i = 0; i < compiled.bf_len; i++)
			pcap_put(program, compiled.bf_insns[i].code,
				 compiled.bf_insns[i].k,
				 compiled.bf_insns[i].jt,
				 compiled.bf_insns[i].jf);
		err = 0;
	}
	pcap_freecode(&compiled);
	pcap_close(pcap);
	return err;
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
	const char *rest = expression + strspn(expression, " \t\n");
	const char *vlan = pcap_word(rest, "vlan");

	program->nr = 0;
	if (vlan) {
		rest = pcap_vlan(vlan, program);
		if (rest && !*rest) {
			pcap_put(program, BPF_RET | BPF_K, PCAP_MATCH, 0, 0);
			return 0;
		}
	}
	if (!rest || pcap_has_word(rest, "vlan")) {
		fprintf(stderr, "netpath: expression '%s': vlan can only stand at the beginning\n",
			expression);
		fprintf(stderr, "netpath: as vlan [ID] [and (EXPRESSION)], ID 0 to %u\n",
			VLAN_ID_MAX);
		return -EINVAL;
	}
	return pcap_add(rest, program);
}
