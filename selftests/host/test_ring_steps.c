// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring with a writer that comes in between any two accesses of a reader,
 * and in the middle of its copy, and the other way round: each place is tried,
 * so that no run depends on chance.  Built with HOST_STEP.
 */
#include "test_ring_model.h"

static unsigned int steps;
static void (*on_step)(void);

/* When the writer comes, for how many steps in a row, and how much it writes then. */
static struct {
	unsigned int	at;
	unsigned int	times;
	u64		bytes;
} visit;

/**
 * host_step() - Called by the shims after each access to the ring.
 *
 * Accesses of who comes in between are not steps.
 */
void host_step(void)
{
	void (*call)(void) = on_step;

	if (!call)
		return;
	steps++;
	on_step = NULL;
	call();
	on_step = call;
}

static void write_bytes(u64 bytes)
{
	u64 end = w.ring.head + bytes;

	while (w.ring.head < end)
		write_some(1);
}

static void writer_visits(void)
{
	if (steps >= visit.at && steps - visit.at < visit.times)
		write_bytes(visit.bytes);
}

static void arm(void (*call)(void))
{
	steps = 0;
	on_step = call;
}

/* A reader with so many bytes to read, who knows which number comes next. */
static void prepare(struct reader *r, enum payload fill, u64 behind)
{
	start(SMALL, fill);
	write_bytes(3 * SMALL + 1000);
	at_newest(r);
	write_bytes(behind);
	EXPECT_TRUE(read_one(r));
	EXPECT(0, r->lost);
	EXPECT_TRUE(np_ring_pending(&w.ring, &r->cur));
}

/* One read with visits; false when it was over before the first of them. */
static bool read_is_right(enum payload fill, u64 behind)
{
	struct reader r;
	u64 next;

	prepare(&r, fill, behind);
	next = r.next;
	arm(writer_visits);
	EXPECT_TRUE(read_one(&r));
	on_step = NULL;
	EXPECT(r.lost > 0, r.lost && !holds(next));
	/* no more than was overwritten in the meantime, by whole blocks */
	EXPECT_TRUE(!r.lost || r.next - 1 <= oldest());
	read_all(&r);
	return steps >= visit.at;
}

static const u64 behinds[] = { 4096, NP_RING_BLOCK, SMALL - 2 * NP_RING_FRAME_MAX };
static const u64 amounts[] = { 1, 4096, NP_RING_BLOCK, SMALL, 3 * SMALL + 4000 };

static void try_each_step(unsigned int times)
{
	unsigned int b, a;
	int fill;

	visit.times = times;
	for (fill = 0; fill < NR_FILLS; fill++) {
		for (b = 0; b < ARRAY_SIZE(behinds); b++) {
			for (a = 0; a < ARRAY_SIZE(amounts); a++) {
				visit.bytes = amounts[a];
				for (visit.at = 1; read_is_right(fill, behinds[b]); visit.at++)
					;
				EXPECT_TRUE(visit.at > 4);
			}
		}
	}
}

static void reader_overtaken_at_any_step_gets_a_whole_record(void)
{
	try_each_step(1);
}

static void reader_overtaken_again_and_again_gets_a_whole_record(void)
{
	try_each_step(2);
	try_each_step(20);
}

/* Distance by distance, across the last byte that is still intact. */
static void reader_overtaken_by_one_frame_notices(void)
{
	u64 behind;

	visit.times = 1;
	visit.bytes = 1;
	for (behind = SMALL - 4 * NP_RING_FRAME_MAX; behind < SMALL - 2 * NP_RING_FRAME_MAX;
	     behind += 16)
		for (visit.at = 1; read_is_right(FILL_HASH, behind); visit.at++)
			;
}

/* Number of the record that is or will be first at or after a position. */
static u64 seq_at(u64 pos)
{
	u64 seq = w.ring.seq;

	while (seq > w.first && w.pos[seq - w.first - 1] >= pos)
		seq--;
	return seq;
}

/* The record read first defines where a cursor at the oldest begins. */
static bool first_read_is_right(enum payload fill, bool while_opening)
{
	const struct np_frame *frame = (const struct np_frame *)buf;
	struct reader r;
	u64 lost, from;

	start(SMALL, fill);
	write_bytes(2 * SMALL + 1000);
	if (while_opening)
		arm(writer_visits);
	np_ring_oldest(&w.ring, &r.cur);
	from = seq_at(r.cur.pos);
	if (!while_opening)
		arm(writer_visits);
	else
		on_step = NULL;
	EXPECT_TRUE(np_ring_read(&w.ring, &r.cur, buf, &lost) > 0);
	on_step = NULL;
	EXPECT(0, lost);
	EXPECT_TRUE(frame->seq >= from && frame->seq <= (holds(from) ? from : oldest()));
	record_is(buf, frame->seq, w.len[frame->seq], fill);
	r.next = frame->seq + 1;
	read_all(&r);
	return steps >= visit.at;
}

static void oldest_is_right_whenever_the_writer_comes(void)
{
	unsigned int a, opening;
	int fill;

	visit.times = 1;
	for (fill = 0; fill < NR_FILLS; fill++) {
		for (a = 0; a < ARRAY_SIZE(amounts); a++) {
			visit.bytes = amounts[a];
			for (opening = 0; opening < 2; opening++)
				for (visit.at = 1; first_read_is_right(fill, opening); visit.at++)
					;
		}
	}
}

/* The stores of one record, one by one; reserve, number, head. */
static unsigned int stores_done;

static void writer_store(void)
{
	struct np_frame *frame;

	switch (stores_done++ % 3) {
	case 0:
		frame = np_ring_reserve(&w.ring, 64);
		w.pos[frame->seq] = w.ring.reserved - 64;
		w.len[frame->seq] = 64;
		record_fill(frame, 64, w.fill);
		break;
	case 1:
		w.ring.seq++;
		break;
	case 2:
		w.ring.head = w.ring.reserved;
		break;
	}
}

/* Some stores at one step; what is begun then is finished, a store at each step. */
static void writer_stores(void)
{
	unsigned int i;

	if (steps == visit.at)
		for (i = 0; i < visit.times; i++)
			writer_store();
	else if (stores_done % 3)
		writer_store();
}

static bool newest_is_right(unsigned int begun, unsigned int lead)
{
	struct reader r;
	u64 committed;

	start(SMALL, FILL_HASH);
	/* the record begun is in the middle of a block, or after its unused end */
	while (w.ring.head < 3 * NP_RING_BLOCK - lead)
		write_len(64);
	committed = w.ring.seq;
	for (stores_done = 0; stores_done < begun; )
		writer_store();
	arm(writer_stores);
	np_ring_newest(&w.ring, &r.cur);
	on_step = NULL;
	while (stores_done % 3)
		writer_store();

	EXPECT_TRUE(r.cur.seq >= committed && r.cur.seq <= w.ring.seq);
	EXPECT(w.pos[r.cur.seq - 1] + w.len[r.cur.seq - 1], r.cur.pos);
	r.next = r.cur.seq;
	write_len(64);
	while (read_one(&r))
		EXPECT(0, r.lost);
	EXPECT(w.ring.seq, r.next);
	return steps >= visit.at;
}

static void newest_never_counts_a_loss_that_did_not_happen(void)
{
	static const unsigned int leads[] = { 4096, 40 };
	unsigned int begun, i;

	for (i = 0; i < ARRAY_SIZE(leads); i++)
		for (begun = 0; begun < 3; begun++)
			for (visit.times = 1; visit.times < 12; visit.times++)
				for (visit.at = 1; newest_is_right(begun, leads[i]); visit.at++)
					;
}

/* Every record still held, read while a frame is being written: whole, not lost. */
static void readers_visit(void)
{
	u64 seq, end = oldest() + 8;
	struct reader r;

	for (seq = end; seq > w.first && holds(seq - 1); seq--)
		;
	for (; seq < end; seq++) {
		r.cur.pos = w.pos[seq - w.first];
		r.cur.seq = seq;
		r.next = seq;
		EXPECT_TRUE(read_one(&r));
		EXPECT(0, r.lost);
	}
}

/* With these lengths the unused end of a block comes to lie on the start of a frame. */
static void records_are_whole_at_any_step_of_the_writer(void)
{
	static const struct { u32 old, new; } rows[] = {
		{ 40, 1000 }, { 24, 1032 }, { 64, 2048 }, { 1000, 40 }, { 2048, 2040 },
	};
	unsigned int i;
	int fill;

	for (fill = 0; fill < NR_FILLS; fill++) {
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			start(SMALL, fill);
			while (w.ring.head < 3 * SMALL)
				write_len(rows[i].old);
			arm(readers_visit);
			while (w.ring.head < 4 * SMALL)
				write_len(rows[i].new);
			on_step = NULL;
			EXPECT_TRUE(steps >= 5 * (w.ring.head - 3 * SMALL) / NP_RING_FRAME_MAX);
		}
	}
}

static const struct test_case cases[] = {
	{ "reader_overtaken_at_any_step_gets_a_whole_record",
	  reader_overtaken_at_any_step_gets_a_whole_record },
	{ "reader_overtaken_again_and_again_gets_a_whole_record",
	  reader_overtaken_again_and_again_gets_a_whole_record },
	{ "reader_overtaken_by_one_frame_notices", reader_overtaken_by_one_frame_notices },
	{ "oldest_is_right_whenever_the_writer_comes",
	  oldest_is_right_whenever_the_writer_comes },
	{ "newest_never_counts_a_loss_that_did_not_happen",
	  newest_never_counts_a_loss_that_did_not_happen },
	{ "records_are_whole_at_any_step_of_the_writer",
	  records_are_whole_at_any_step_of_the_writer },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
