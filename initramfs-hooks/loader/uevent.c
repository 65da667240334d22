// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's events about devices, by netlink.
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/text.h"

#define KERNEL_GROUP 1
#define BUFFER_SIZE  (16 << 20) /* bytes; only what is queued is taken */

void mf_uevent_open(struct mf_loader *loader)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	int size = BUFFER_SIZE;

	loader->uevents = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				 NETLINK_KOBJECT_UEVENT);
	if (loader->uevents < 0)
		goto fail;
	if (setsockopt(loader->uevents, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(loader->uevents, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(loader->uevents, (struct sockaddr *)&address, sizeof(address)) == 0)
		return;
	close(loader->uevents);
	loader->uevents = -1;
fail:
	mf_log_say(loader, LOG_WARNING, "no device events: %s; only devices there now are seen",
		   strerror(errno));
}

/* One message: "ACTION@PATH", then KEY=VALUE, each with its NUL. */
static int handle(struct mf_loader *loader, const char *message, size_t n)
{
	const char *action = NULL, *path = NULL, *modalias = NULL;

	for (size_t at = strlen(message) + 1; at < n; at += strlen(message + at) + 1) {
		const char *word = message + at;

		if (mf_has_prefix(word, "ACTION="))
			action = word + strlen("ACTION=");
		else if (mf_has_prefix(word, "DEVPATH="))
			path = word + strlen("DEVPATH=");
		else if (mf_has_prefix(word, "MODALIAS="))
			modalias = word + strlen("MODALIAS=");
	}
	if (!action || !path || !mf_has_prefix(path, "/devices/"))
		return 0;
	if (strcmp(action, "remove") == 0)
		mf_devices_remove(loader, path);
	else if (strcmp(action, "add") == 0)
		return mf_devices_add(loader, path, modalias);
	return 0;
}

int mf_uevent_drain(struct mf_loader *loader)
{
	char message[8192]; /* UEVENT_BUFFER_SIZE is 2048 */
	struct sockaddr_nl sender;
	int is_any = 0;

	while (loader->uevents >= 0) {
		struct iovec part = {message, sizeof(message) - 1};
		struct msghdr header = {.msg_name = &sender,
					.msg_namelen = sizeof(sender),
					.msg_iov = &part,
					.msg_iovlen = 1};
		ssize_t n = recvmsg(loader->uevents, &header, 0);
		int r = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) /* some were lost: look at everything again */
			r = mf_devices_scan(loader);
		else if (n < 0)
			break;
		else if (sender.nl_pid != 0) /* not from the kernel */
			continue;
		else {
			message[n] = '\0';
			r = handle(loader, message, (size_t)n);
		}
		if (r)
			return r;
		is_any = 1;
	}
	return is_any;
}
