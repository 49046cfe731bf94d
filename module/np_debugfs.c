// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files below <debugfs>/netpath; Documentation/usage.rst describes them.
 *
 * Files that only read are 0400 or 0444 and have neither mmap nor ioctl, so
 * that they keep working under kernel lockdown.
 */
#include "np_debugfs.h"

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "generated/np_stages.h"
#include "np_change.h"
#include "np_clock.h"
#include "np_reader.h"
#include "np_rules_fs.h"
#include "np_session.h"
#include "np_stage.h"
#include "np_stats.h"
#include "np_text.h"
#include "np_view.h"

static struct dentry *np_dir;

/* stages */

static const char * const np_state_names[] = {
	[NETPATH_STATE_OFF]		= "off",
	[NETPATH_STATE_ARMED]		= "armed",
	[NETPATH_STATE_PARTIAL]		= "partial: ",
	[NETPATH_STATE_UNAVAILABLE]	= "unavailable: ",
};

/* By bit of enum netpath_via. */
static const char * const np_via_names[] = { "tracepoint", "ftrace", "kprobe", "kretprobe" };

static void np_stages_row(struct seq_file *seq, unsigned int stage, struct np_view_stage *view)
{
	const char *comma = "";
	unsigned int i;

	np_view_stage(stage, view);
	seq_printf(seq, "%u\t%s\t%s\t%s\t", stage, np_stage_name(stage),
		   np_stage_layer(stage), np_stage_dir(stage));
	for (i = 0; i < ARRAY_SIZE(np_via_names); i++) {
		if (!(view->via & 1U << i))
			continue;
		seq_printf(seq, "%s%s", comma, np_via_names[i]);
		comma = ",";
	}
	seq_puts(seq, *comma ? "\t" : "-\t");
	seq_printf(seq, "%s\t%s%s\t%llu\t%llu\n", *view->symbols ? view->symbols : "-",
		   np_state_names[view->state], view->reason, view->hits, view->missed);
}

static int stages_show(struct seq_file *seq, void *unused)
{
	struct np_view_stage *view;
	unsigned int stage;

	view = kmalloc(sizeof(*view), GFP_KERNEL);
	if (!view)
		return -ENOMEM;
	seq_puts(seq, "id\tname\tlayer\tdir\tvia\tsymbol\tstate\thits\tmissed\n");
	np_view_lock();
	for (stage = NETPATH_STAGE_NONE + 1; stage < NP_STAGE_CNT; stage++)
		np_stages_row(seq, stage, view);
	np_session_unlock();
	kfree(view);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stages);

/* stats */

static int stats_show(struct seq_file *seq, void *unused)
{
	struct np_totals totals;
	unsigned int id;

	np_session_totals(&totals);
	seq_printf(seq, "records %llu\n", totals.records);
	seq_printf(seq, "bytes %llu\n", totals.bytes);
	for (id = 0; id < NP_NR_COUNTERS; id++)
		seq_printf(seq, "%s %llu\n", np_stats_name(id),
			   np_stats_sum(id) + (id == NP_MISSED ? totals.missed : 0));
	seq_printf(seq, "in_flight %llu\n", np_session_in_flight());
	seq_printf(seq, "table_slots %u\n", totals.table_slots);
	seq_printf(seq, "enabled %u\n", np_session_enabled());
	seq_printf(seq, "clock %s\n", np_clock_name());
	seq_printf(seq, "arm_ns %llu\n", totals.arm_ns);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* latency */

static int latency_show(struct seq_file *seq, void *unused)
{
	struct np_hist_summary sum;
	struct np_hist *work;
	unsigned int stage;

	work = kmalloc(sizeof(*work), GFP_KERNEL);
	if (!work)
		return -ENOMEM;
	seq_puts(seq, "name\tcount\tmin\tp50\tp90\tp99\tp999\tmax\n");
	for (stage = NETPATH_STAGE_NONE + 1; stage < NP_STAGE_CNT; stage++) {
		if (!np_view_has_latency(stage))
			continue;
		np_view_latency(stage, work, &sum);
		seq_printf(seq, "%s\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\t%llu\n",
			   np_stage_name(stage), sum.count, sum.min, sum.quantile[0],
			   sum.quantile[1], sum.quantile[2], sum.quantile[3], sum.max);
	}
	kfree(work);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(latency);

/* trace, trace_pipe and per_cpu/cpuN/ring: a reader behind a file */

/**
 * struct np_file - an open file with a reader.
 * @mutex: serialises read() of tasks that share the file
 * @reader: reader
 * @until: CLOCK_MONOTONIC in ns where the file ends
 * @cpu: CPU of the record in @rec
 * @pos: first byte of @text not handed out yet
 * @len: bytes in @text or @rec
 * @rec: record
 * @text: the same as text
 */
struct np_file {
	struct mutex		mutex; /* all below, against tasks that share the file */
	struct np_reader	*reader;
	u64			until;
	unsigned int		cpu;
	size_t			pos;
	size_t			len;
	u64			rec[NETPATH_RECORD_MAX / 8];
	char			text[NP_TEXT_MAX];
};

static int np_file_open(struct file *file, int cpu, enum np_reader_from from, u64 until)
{
	struct np_file *nf;

	nf = kvzalloc(sizeof(*nf), GFP_KERNEL);
	if (!nf)
		return -ENOMEM;
	nf->reader = np_reader_open(cpu, from);
	if (!nf->reader) {
		kvfree(nf);
		return -ENOMEM;
	}
	mutex_init(&nf->mutex);
	nf->until = until;
	file->private_data = nf;
	return 0;
}

static int np_file_release(struct inode *inode, struct file *file)
{
	struct np_file *nf = file->private_data;

	np_reader_close(nf->reader);
	kvfree(nf);
	return 0;
}

/* Text of records up to a point of time; blocks for more if block is set. */
static ssize_t np_file_read_text(struct file *file, char __user *buf, size_t count, bool block)
{
	struct np_file *nf = file->private_data;
	size_t done = 0, part;
	int err = 0;

	if (mutex_lock_interruptible(&nf->mutex))
		return -ERESTARTSYS;
	while (done < count) {
		if (nf->pos == nf->len) {
			nf->pos = 0;
			nf->len = 0;
			if (np_reader_next(nf->reader, nf->until, nf->rec, &nf->cpu))
				nf->len = np_text_record(nf->text, sizeof(nf->text), nf->rec,
							 nf->cpu);
		}
		if (!nf->len) {
			if (done || !block)
				break;
			err = file->f_flags & O_NONBLOCK ? -EAGAIN : np_reader_wait(nf->reader);
			if (err)
				break;
			continue;
		}
		part = min(count - done, nf->len - nf->pos);
		if (copy_to_user(buf + done, nf->text + nf->pos, part)) {
			err = -EFAULT;
			break;
		}
		nf->pos += part;
		done += part;
		cond_resched();
		if (signal_pending(current))
			break;
	}
	mutex_unlock(&nf->mutex);
	return done ? done : err;
}

static int np_trace_open(struct inode *inode, struct file *file)
{
	return np_file_open(file, -1, NP_FROM_OLDEST, ktime_get_mono_fast_ns());
}

static ssize_t np_trace_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	return np_file_read_text(file, buf, count, false);
}

static const struct file_operations np_trace_fops = {
	.owner		= THIS_MODULE,
	.open		= np_trace_open,
	.read		= np_trace_read,
	.release	= np_file_release,
};

static int np_pipe_open(struct inode *inode, struct file *file)
{
	return np_file_open(file, -1, NP_FROM_NEWEST, U64_MAX);
}

static ssize_t np_pipe_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	return np_file_read_text(file, buf, count, true);
}

static __poll_t np_file_poll(struct file *file, poll_table *wait)
{
	struct np_file *nf = file->private_data;
	__poll_t mask;

	mutex_lock(&nf->mutex);
	if (nf->pos != nf->len)
		mask = EPOLLIN | EPOLLRDNORM;
	else
		mask = np_reader_poll(nf->reader, file, wait);
	mutex_unlock(&nf->mutex);
	return mask;
}

static const struct file_operations np_pipe_fops = {
	.owner		= THIS_MODULE,
	.open		= np_pipe_open,
	.read		= np_pipe_read,
	.poll		= np_file_poll,
	.release	= np_file_release,
};

static int np_ring_open(struct inode *inode, struct file *file)
{
	return np_file_open(file, (long)inode->i_private, NP_FROM_OLDEST, U64_MAX);
}

/* Whole records only: what does not fit any more waits for the next read. */
static ssize_t np_ring_file_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct np_file *nf = file->private_data;
	size_t done = 0;
	int err = 0;

	if (mutex_lock_interruptible(&nf->mutex))
		return -ERESTARTSYS;
	for (;;) {
		if (!nf->len)
			nf->len = np_reader_next(nf->reader, nf->until, nf->rec, &nf->cpu);
		if (!nf->len) {
			if (done)
				break;
			err = file->f_flags & O_NONBLOCK ? -EAGAIN : np_reader_wait(nf->reader);
			if (err)
				break;
			continue;
		}
		if (nf->len > count - done) {
			err = -EINVAL;
			break;
		}
		if (copy_to_user(buf + done, nf->rec, nf->len)) {
			err = -EFAULT;
			break;
		}
		done += nf->len;
		nf->len = 0;
		cond_resched();
		if (signal_pending(current))
			break;
	}
	mutex_unlock(&nf->mutex);
	return done ? done : err;
}

/* The start is the oldest record held, the end is now; there is nothing between. */
static loff_t np_ring_llseek(struct file *file, loff_t offset, int whence)
{
	struct np_file *nf = file->private_data;

	if (offset || (whence != SEEK_SET && whence != SEEK_END))
		return -EINVAL;
	mutex_lock(&nf->mutex);
	nf->len = 0;
	np_reader_seek(nf->reader, whence == SEEK_SET ? NP_FROM_OLDEST : NP_FROM_NEWEST);
	mutex_unlock(&nf->mutex);
	return 0;
}

static __poll_t np_ring_poll(struct file *file, poll_table *wait)
{
	struct np_file *nf = file->private_data;
	__poll_t mask;

	mutex_lock(&nf->mutex);
	mask = nf->len ? EPOLLIN | EPOLLRDNORM : np_reader_poll(nf->reader, file, wait);
	mutex_unlock(&nf->mutex);
	return mask;
}

static const struct file_operations np_ring_fops = {
	.owner		= THIS_MODULE,
	.open		= np_ring_open,
	.read		= np_ring_file_read,
	.llseek		= np_ring_llseek,
	.poll		= np_ring_poll,
	.release	= np_file_release,
};

/* enable */

static ssize_t np_enable_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	char text[3] = { np_session_enabled() ? '1' : '0', '\n', '\0' };

	return simple_read_from_buffer(buf, count, ppos, text, 2);
}

static ssize_t np_enable_write(struct file *file, const char __user *buf, size_t count,
			       loff_t *ppos)
{
	struct np_config config = { 0 };
	struct np_refusal refusal;
	char text[8] = "";
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	if (text[count ? count - 1 : 0] == '\n')
		text[count - 1] = '\0';
	if (strcmp(text, "0") && strcmp(text, "1"))
		return -EINVAL;
	config.enable = text[0] == '1';
	err = np_change(&config, NP_FIELD_ENABLE, &refusal);
	return err ? err : count;
}

static const struct file_operations np_enable_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= np_enable_read,
	.write	= np_enable_write,
	.llseek	= default_llseek,
};

static int np_debugfs_made(const struct dentry *dentry, const char *name)
{
	if (IS_ERR(dentry))
		pr_err("netpath: debugfs: %s cannot be made (%ld)\n", name, PTR_ERR(dentry));
	return PTR_ERR_OR_ZERO(dentry);
}

static int np_debugfs_file(const char *name, umode_t mode, struct dentry *dir, long cpu,
			   const struct file_operations *fops)
{
	return np_debugfs_made(debugfs_create_file(name, mode, dir, (void *)cpu, fops), name);
}

/**
 * np_debugfs_init() - Create the files.
 *
 * Context: Module init, may sleep; the session is ready.
 * Return: 0, also without debugfs or with "debugfs=off", or a negative errno; no file then.
 */
int np_debugfs_init(void)
{
	struct dentry *per_cpu, *dir;
	char name[16];
	long cpu;
	int err;

	np_dir = debugfs_create_dir("netpath", NULL);
	err = PTR_ERR_OR_ZERO(np_dir);
	if (err == -ENODEV || err == -EPERM)
		return 0;
	err = np_debugfs_made(np_dir, "netpath");
	err = err ?: np_debugfs_file("stages", 0444, np_dir, 0, &stages_fops);
	err = err ?: np_debugfs_file("stats", 0444, np_dir, 0, &stats_fops);
	err = err ?: np_debugfs_file("latency", 0444, np_dir, 0, &latency_fops);
	err = err ?: np_debugfs_file("trace", 0400, np_dir, 0, &np_trace_fops);
	err = err ?: np_debugfs_file("trace_pipe", 0400, np_dir, 0, &np_pipe_fops);
	err = err ?: np_debugfs_file("enable", 0600, np_dir, 0, &np_enable_fops);
	err = err ?: np_debugfs_file("filter", 0600, np_dir, 0, &np_filter_fops);
	err = err ?: np_debugfs_file("rules", 0600, np_dir, 0, &np_rules_fops);
	err = err ?: np_debugfs_file("freeze", 0600, np_dir, 0, &np_freeze_fops);
	per_cpu = err ? NULL : debugfs_create_dir("per_cpu", np_dir);
	err = err ?: np_debugfs_made(per_cpu, "per_cpu");
	for_each_possible_cpu(cpu) {
		if (err)
			break;
		snprintf(name, sizeof(name), "cpu%ld", cpu);
		dir = debugfs_create_dir(name, per_cpu);
		err = np_debugfs_made(dir, name);
		err = err ?: np_debugfs_file("ring", 0400, dir, cpu, &np_ring_fops);
	}
	if (err)
		debugfs_remove_recursive(np_dir);
	return err;
}

/**
 * np_debugfs_exit() - Remove the files; waits for calls in progress.
 *
 * Context: Module exit, may sleep.
 */
void np_debugfs_exit(void)
{
	debugfs_remove_recursive(np_dir);
}
