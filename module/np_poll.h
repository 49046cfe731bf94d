/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_POLL_H
#define NP_POLL_H

struct np_slot;
struct sk_buff;
struct task_struct;

void np_poll_irq(const struct task_struct *thread);
void np_poll_raise(void);
void np_poll_begin(void);
void np_poll_packet(const struct sk_buff *skb);
void np_poll_reset(void);

#endif /* NP_POLL_H */
