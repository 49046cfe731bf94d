// SPDX-License-Identifier: GPL-2.0-only
/* Records from the loaded module to an output, until told to stop. */
#include "np_live.h"

#include <errno.h>

#include "np_stop.h"

static int live_wait(struct np_source *source, const struct np_sink *sink,
		     int timeout_ms)
{
	int err;

	err = sink->flush(sink->arg);
	if (err)
		return err;
	err = np_source_wait(source, sink->fd, timeout_ms);
	return err == -EINTR ? 0 : err;
}

static int live_loop(struct np_source *source, const struct np_sink *sink)
{
	struct np_item item;
	int timeout_ms;
	int ret;

	do {
		if (np_stop_requested())
			np_source_drain(source);
		ret = np_source_next(source, &item, &timeout_ms);
		if (ret > 0)
			ret = sink->record(sink->arg, &item);
		else if (!ret)
			ret = live_wait(source, sink, timeout_ms);
	} while (!ret);
	return ret;
}

/**
 * np_live_run() - Pass records on until a signal, the end, or an error.
 * @source: where records come from
 * @sink: where records go
 *
 * After a signal the packets that ended before it are still passed on.
 *
 * Return: 0 when stopped by a signal, by the sink, or because there
 * will be no more; -EPIPE when nobody reads the output any more; or another -errno after
 * a message.
 */
int np_live_run(struct np_source *source, const struct np_sink *sink)
{
	int ret = live_loop(source, sink);
	int err = sink->flush(sink->arg);

	if (ret == 1 || ret == -ENODATA || ret == -EINTR)
		ret = 0;
	if (err == -EINTR)
		err = 0;
	return ret ? ret : err;
}
