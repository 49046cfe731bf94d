/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_READER_H
#define NP_READER_H

#include <linux/poll.h>
#include <linux/types.h>

/**
 * enum np_reader_from - where a new reader starts.
 * @NP_FROM_OLDEST: at the oldest record held
 * @NP_FROM_NEWEST: at the next record written
 */
enum np_reader_from {
	NP_FROM_OLDEST,
	NP_FROM_NEWEST,
};

struct np_reader;

struct np_reader *np_reader_open(int cpu, enum np_reader_from from);
void np_reader_close(struct np_reader *reader);
void np_reader_seek(struct np_reader *reader, enum np_reader_from from);
unsigned int np_reader_next(struct np_reader *reader, u64 until, void *buf, unsigned int *cpu);
bool np_reader_position(const struct np_reader *reader, unsigned int cpu, u64 *seq);
void np_reader_replace_rings(void **memory, size_t ring_bytes);
int np_reader_wait(struct np_reader *reader);
__poll_t np_reader_poll(struct np_reader *reader, struct file *file, poll_table *wait);
void np_reader_exit(void);

#endif /* NP_READER_H */
