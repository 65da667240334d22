// SPDX-License-Identifier: GPL-2.0-or-later
// The bench's rival: modules of each modalias on standard input, by libkmod with its resources
// loaded.
#include <libkmod.h>
#include <stdio.h>
#include <string.h>

static void look_up(struct kmod_ctx *kmod, const char *modalias)
{
	struct kmod_list *list = NULL;
	struct kmod_list *item;

	printf("%s", modalias);
	if (kmod_module_new_from_lookup(kmod, modalias, &list) >= 0) {
		kmod_list_foreach(item, list)
		{
			struct kmod_module *module = kmod_module_get_module(item);

			printf(" %s", kmod_module_get_name(module));
			kmod_module_unref(module);
		}
	}
	printf("\n");
	kmod_module_unref_list(list);
}

int main(int argc, char **argv)
{
	const char *no_config = NULL;
	struct kmod_ctx *kmod;
	char line[4096];

	if (argc != 2)
		return 2;
	kmod = kmod_new(argv[1], &no_config);
	if (!kmod || kmod_load_resources(kmod) < 0)
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		look_up(kmod, line);
	}
	kmod_unref(kmod);
	return 0;
}
