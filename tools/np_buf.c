// SPDX-License-Identifier: GPL-2.0-only
/* A byte buffer that grows; all output is composed in one of these. */
#include "np_buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NP_BUF_MIN	4096

/**
 * np_buf_reserve() - Make room for bytes that the caller will write itself.
 * @buf: the buffer
 * @len: how many bytes must fit after @buf->len
 *
 * Return: false when memory ran out; @buf->failed is set then.
 */
bool np_buf_reserve(struct np_buf *buf, size_t len)
{
	size_t size = buf->size ? buf->size : NP_BUF_MIN;
	char *data;

	if (len <= buf->size - buf->len)
		return true;
	if (len > SIZE_MAX / 4 || buf->len > SIZE_MAX / 4)
		goto fail;
	while (size - buf->len < len)
		size *= 2;
	data = realloc(buf->data, size);
	if (!data)
		goto fail;
	buf->data = data;
	buf->size = size;
	return true;

fail:
	buf->failed = true;
	return false;
}

/**
 * np_buf_add() - Append bytes as they are.
 * @buf: the buffer
 * @data: the bytes
 * @len: how many
 */
void np_buf_add(struct np_buf *buf, const void *data, size_t len)
{
	if (!len || !np_buf_reserve(buf, len))
		return;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
}

/**
 * np_buf_add_clean() - Append a name that came from outside.
 * @buf: the buffer
 * @str: the name; ends at its first NUL or after @max bytes
 * @max: size of the array that holds the name, in bytes
 *
 * Names are chosen by whoever made the process or the device, so they may
 * hold terminal escapes. Everything but printable ASCII becomes '?'.
 */
void np_buf_add_clean(struct np_buf *buf, const char *str, size_t max)
{
	size_t len = strnlen(str, max);
	size_t i;

	if (!np_buf_reserve(buf, len))
		return;
	for (i = 0; i < len; i++) {
		bool printable = str[i] >= ' ' && str[i] <= '~';

		buf->data[buf->len++] = printable ? str[i] : '?';
	}
}

/**
 * np_buf_printf() - Append formatted text, without the final NUL.
 * @buf: the buffer
 * @fmt: as for printf()
 */
void np_buf_printf(struct np_buf *buf, const char *fmt, ...)
{
	va_list args;
	size_t room;
	int len;

	if (!np_buf_reserve(buf, 128))
		return;
	room = buf->size - buf->len;
	va_start(args, fmt);
	len = vsnprintf(buf->data + buf->len, room, fmt, args);
	va_end(args);
	if (len < 0)
		return;

	if ((size_t)len >= room) {
		if (!np_buf_reserve(buf, (size_t)len + 1))
			return;
		room = buf->size - buf->len;
		va_start(args, fmt);
		vsnprintf(buf->data + buf->len, room, fmt, args);
		va_end(args);
	}
	buf->len += (size_t)len;
}

/**
 * np_buf_trim() - Remove blanks from the end.
 * @buf: the buffer
 */
void np_buf_trim(struct np_buf *buf)
{
	while (buf->len && buf->data[buf->len - 1] == ' ')
		buf->len--;
}

/**
 * np_buf_free() - Give the memory back; the buffer is empty and usable.
 * @buf: the buffer
 */
void np_buf_free(struct np_buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof(*buf));
}
