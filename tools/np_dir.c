// SPDX-License-Identifier: GPL-2.0-only
/* The module's directory in debugfs, and why it cannot be read. */
#define _GNU_SOURCE
#include "np_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NP_DEBUGFS	"/sys/kernel/debug"
#define NP_DIR_DEFAULT	NP_DEBUGFS "/netpath"
#define NP_DIR_ENV	"NETPATH_DEBUGFS"
#define NP_DIR_CHUNK	65536

/**
 * np_dir_path() - Where the module's files are.
 *
 * Return: Path of the directory.
 */
const char *np_dir_path(void)
{
	const char *env = getenv(NP_DIR_ENV);

	return env && *env ? env : NP_DIR_DEFAULT;
}

/**
 * np_dir_is_default() - Is that where the kernel puts them?
 *
 * Return: false when the user said where they are.
 */
bool np_dir_is_default(void)
{
	return !strcmp(np_dir_path(), NP_DIR_DEFAULT);
}

/**
 * np_dir_debugfs_mounted() - Is debugfs where it is expected?
 *
 * Return: True if it is.
 */
bool np_dir_debugfs_mounted(void)
{
	struct statfs fs;

	return !statfs(NP_DEBUGFS, &fs) && fs.f_type == DEBUGFS_MAGIC;
}

static void dir_explain(const char *cmd, const char *name, int err)
{
	bool by_env = !np_dir_is_default();

	if (err == EACCES && geteuid()) {
		fprintf(stderr, "netpath: needs root: try sudo netpath %s\n",
			cmd);
	} else if (!by_env && err == ENOENT && !np_dir_debugfs_mounted()) {
		fprintf(stderr, "netpath: debugfs is not mounted: mount -t debugfs none %s\n",
			NP_DEBUGFS);
	} else if (!by_env && err == ENOENT && access(NP_DIR_DEFAULT, F_OK)) {
		fprintf(stderr, "netpath: the module is not loaded: modprobe netpath\n");
	} else {
		fprintf(stderr, "netpath: %s/%s: %s%s%s\n", np_dir_path(), name,
			strerror(err),
			err == EPERM ? " (is the kernel locked down?)" : "",
			by_env ? " (directory from " NP_DIR_ENV ")" : "");
	}
}

/**
 * np_dir_open() - Open one of the module's files; says why it cannot.
 * @cmd: the subcommand, for the advice
 * @name: path of the file within the directory
 * @flags: as for open()
 *
 * Return: File descriptor, or -errno after a message.
 */
int np_dir_open(const char *cmd, const char *name, int flags)
{
	char *path;
	int err;
	int fd;

	if (asprintf(&path, "%s/%s", np_dir_path(), name) < 0) {
		fprintf(stderr, "netpath: out of memory\n");
		return -ENOMEM;
	}
	fd = open(path, flags | O_CLOEXEC);
	err = errno;
	free(path);
	if (fd >= 0)
		return fd;
	dir_explain(cmd, name, err);
	return -err;
}

static int dir_read_fd(int fd, struct np_buf *buf)
{
	ssize_t len;

	do {
		if (!np_buf_reserve(buf, NP_DIR_CHUNK))
			return -ENOMEM;
		len = read(fd, buf->data + buf->len, NP_DIR_CHUNK);
		if (len > 0)
			buf->len += (size_t)len;
	} while (len > 0 || (len < 0 && errno == EINTR));
	return len < 0 ? -errno : 0;
}

/**
 * np_dir_read() - Read one of the module's text files; says why it cannot.
 * @cmd: the subcommand, for the advice
 * @name: name of the file
 * @buf: receives the text
 *
 * Return: 0, or -errno after a message.
 */
int np_dir_read(const char *cmd, const char *name, struct np_buf *buf)
{
	int fd = np_dir_open(cmd, name, O_RDONLY);
	int err;

	if (fd < 0)
		return fd;
	err = dir_read_fd(fd, buf);
	close(fd);
	if (err)
		fprintf(stderr, "netpath: %s/%s: %s\n", np_dir_path(), name,
			strerror(-err));
	return err;
}

static int dir_read_quiet(const char *name, struct np_buf *buf)
{
	char *path;
	int err;
	int fd;

	if (asprintf(&path, "%s/%s", np_dir_path(), name) < 0)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = -errno;
	free(path);
	if (fd < 0)
		return err;
	err = dir_read_fd(fd, buf);
	close(fd);
	return err;
}

/**
 * np_dir_names() - Names of the stages of the module that is loaded.
 * @names: receives the names this program knows and those the module adds
 */
void np_dir_names(struct np_names *names)
{
	struct np_buf buf = { 0 };

	np_names_init(names);
	if (!dir_read_quiet("stages", &buf))
		np_names_parse(names, buf.data, buf.len);
	np_buf_free(&buf);
}

/**
 * np_dir_warn_disabled() - Say so when no packets will come.
 */
void np_dir_warn_disabled(void)
{
	struct np_buf buf = { 0 };

	if (!dir_read_quiet("enable", &buf) && buf.len && buf.data[0] == '0')
		fprintf(stderr, "netpath: recording is disabled: echo 1 > %s/enable\n",
			np_dir_path());
	np_buf_free(&buf);
}
