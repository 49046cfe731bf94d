// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs files filter, rules and freeze.
 *
 * What a write is refused for stands in the file rules until the next write
 * to one of them is accepted.
 */
#include "np_rules_fs.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "np_keep.h"
#include "np_netlink.h"
#include "np_rules_text.h"
#include "np_session.h"

/* More than the longest program has, in bytes. */
#define NP_FILTER_TEXT	(BPF_MAXINSNS * 32 + 32)

/* Of the last write; under the session's mutex. */
static struct np_refused np_last_refused;

/**
 * struct np_filter_file - the file filter, opened.
 * @mutex: of tasks that share the file
 * @len: bytes of @text
 * @insns: room for the longest program
 * @text: what is read, or what has been written so far
 */
struct np_filter_file {
	struct mutex		mutex; /* all below */
	size_t			len;
	struct sock_filter	insns[BPF_MAXINSNS];
	char			text[NP_FILTER_TEXT];
};

static void np_filter_print(struct np_filter_file *ff)
{
	unsigned int i, nr;

	np_session_lock();
	nr = np_rules_get_insns(ff->insns);
	np_session_unlock();
	ff->len = scnprintf(ff->text, sizeof(ff->text), "%u\n", nr);
	for (i = 0; i < nr; i++)
		ff->len += scnprintf(ff->text + ff->len, sizeof(ff->text) - ff->len,
				     "%u %u %u %u\n", ff->insns[i].code, ff->insns[i].jt,
				     ff->insns[i].jf, ff->insns[i].k);
}

static int np_filter_open(struct inode *inode, struct file *file)
{
	struct np_filter_file *ff;

	ff = kvzalloc(sizeof(*ff), GFP_KERNEL);
	if (!ff)
		return -ENOMEM;
	mutex_init(&ff->mutex);
	if (!(file->f_mode & FMODE_WRITE))
		np_filter_print(ff);
	file->private_data = ff;
	return 0;
}

static ssize_t np_filter_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct np_filter_file *ff = file->private_data;
	ssize_t ret;

	mutex_lock(&ff->mutex);
	ret = simple_read_from_buffer(buf, count, ppos, ff->text, ff->len);
	mutex_unlock(&ff->mutex);
	return ret;
}

/* A change of some rules, the others as they are. */
static int np_rules_apply(const struct np_rule_set *set, const struct sock_filter *insns,
			  unsigned int nr, struct np_refused *why)
{
	const char *bad;
	unsigned int at;
	int err;

	bad = np_rules_check_insns(insns, nr, &at);
	if (bad) {
		snprintf(why->text, sizeof(why->text), "filter: instruction %u: %s", at, bad);
		return -EINVAL;
	}
	err = np_rules_set(set, insns, nr);
	if (err == -EINVAL)
		snprintf(why->text, sizeof(why->text), "filter: %s", NP_RULES_KERNEL);
	return err;
}

/* The text may come in pieces: tcpdump writes 4096 bytes at a time. */
static int np_filter_take(struct np_filter_file *ff)
{
	struct np_refused why = { };
	struct np_rule_set set;
	unsigned int nr;
	int err;

	err = np_rules_text_insns(ff->text, ff->insns, &nr, &why);
	if (err == -EAGAIN)
		return 0;
	np_session_lock();
	if (!err) {
		np_rules_get(&set);
		err = np_rules_apply(&set, ff->insns, nr, &why);
	}
	np_last_refused = why;
	np_session_unlock();
	ff->len = 0;
	return err;
}

static ssize_t np_filter_write(struct file *file, const char __user *buf, size_t count,
			       loff_t *ppos)
{
	struct np_filter_file *ff = file->private_data;
	int err = -EINVAL;

	mutex_lock(&ff->mutex);
	if (count >= sizeof(ff->text) - ff->len)
		goto unlock;
	if (copy_from_user(ff->text + ff->len, buf, count)) {
		err = -EFAULT;
		goto unlock;
	}
	ff->len += count;
	ff->text[ff->len] = '\0';
	err = np_filter_take(ff);
unlock:
	mutex_unlock(&ff->mutex);
	return err ? err : count;
}

static int np_filter_release(struct inode *inode, struct file *file)
{
	struct np_filter_file *ff = file->private_data;

	if (file->f_mode & FMODE_WRITE && ff->len) {
		np_session_lock();
		snprintf(np_last_refused.text, sizeof(np_last_refused.text),
			 "filter: closed after %zu bytes: must have all its instructions",
			 ff->len);
		np_session_unlock();
	}
	kvfree(ff);
	return 0;
}

const struct file_operations np_filter_fops = {
	.owner		= THIS_MODULE,
	.open		= np_filter_open,
	.read		= np_filter_read,
	.write		= np_filter_write,
	.release	= np_filter_release,
};

static ssize_t np_rules_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct np_rule_set set;
	ssize_t ret;
	char *text;
	size_t len;

	text = kmalloc(NP_RULES_TEXT, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	np_session_lock();
	np_rules_get(&set);
	len = np_rules_text_print(text, NP_RULES_TEXT, &set);
	if (np_netlink_owner())
		len += scnprintf(text + len, NP_RULES_TEXT - len, "owner %u\n",
				 np_netlink_owner());
	if (*np_last_refused.text)
		len += scnprintf(text + len, NP_RULES_TEXT - len, "refused %s\n",
				 np_last_refused.text);
	np_session_unlock();
	ret = simple_read_from_buffer(buf, count, ppos, text, len);
	kfree(text);
	return ret;
}

static int np_rules_take(char *text)
{
	struct np_refused why = { };
	struct sock_filter *insns;
	struct np_rule_set set;
	unsigned int nr;
	int err;

	insns = kvmalloc_array(BPF_MAXINSNS, sizeof(*insns), GFP_KERNEL);
	if (!insns)
		return -ENOMEM;
	np_session_lock();
	np_rules_get(&set);
	nr = np_rules_get_insns(insns);
	err = np_rules_text_parse(text, &set, &why);
	if (!err)
		err = np_rules_apply(&set, insns, nr, &why);
	np_last_refused = why;
	np_session_unlock();
	kvfree(insns);
	return err;
}

/* What is written, as a string to be freed by the caller. */
static char *np_rules_copy(const char __user *buf, size_t count)
{
	return count < NP_RULES_TEXT ? memdup_user_nul(buf, count) : ERR_PTR(-EINVAL);
}

static ssize_t np_rules_write(struct file *file, const char __user *buf, size_t count,
			      loff_t *ppos)
{
	char *text = np_rules_copy(buf, count);
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = np_rules_take(text);
	kfree(text);
	return err ? err : count;
}

const struct file_operations np_rules_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= np_rules_read,
	.write	= np_rules_write,
	.llseek	= default_llseek,
};

static ssize_t np_freeze_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	enum np_freeze_state state;
	struct np_freeze_plan plan;
	char text[160];
	size_t len;
	u32 left;

	np_session_lock();
	state = np_freeze_get(&plan, &left);
	np_session_unlock();
	len = np_rules_text_print_freeze(text, sizeof(text), state, &plan, left);
	return simple_read_from_buffer(buf, count, ppos, text, len);
}

static int np_freeze_take(char *text)
{
	struct np_refused why = { };
	struct np_freeze_plan plan;
	bool thaw;
	int err;

	np_session_lock();
	err = np_rules_text_freeze(text, &plan, &thaw, &why);
	if (!err) {
		if (thaw)
			np_freeze_thaw();
		else
			np_freeze_set(&plan);
		np_keep_update();
	}
	np_last_refused = why;
	np_session_unlock();
	return err;
}

static ssize_t np_freeze_write(struct file *file, const char __user *buf, size_t count,
			       loff_t *ppos)
{
	char *text = np_rules_copy(buf, count);
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = np_freeze_take(text);
	kfree(text);
	return err ? err : count;
}

const struct file_operations np_freeze_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= np_freeze_read,
	.write	= np_freeze_write,
	.llseek	= default_llseek,
};
