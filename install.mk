# SPDX-License-Identifier: GPL-2.0-or-later
# install and uninstall: one list of files serves both, so that they stay symmetric.

MAN_DIRS    := lib/cli/man initramfs-hooks/man initramfs-hooks/loader dud/man
MAN_PAGES   := $(sort $(foreach section,1 5 7 8,$(wildcard $(addsuffix /*.$(section),$(MAN_DIRS)))))
man_dir      = $(MANDIR)/man$(patsubst .%,%,$(suffix $(1)))
COMPLETIONS := $(addprefix $(O)/completion.,bash zsh fish)

# MODE:BUILT:INSTALLED, one word a file.
INSTALLED = 0755:$(O)/modferry:$(BINDIR)/modferry \
	    0755:$(LOADER):$(LIBEXECDIR)/$(ARCH)/modferry-load \
	    $(foreach page,$(MAN_PAGES),0644:$(page):$(call man_dir,$(page))/$(notdir $(page))) \
	    0644:$(O)/completion.bash:$(DATADIR)/bash-completion/completions/modferry \
	    0644:$(O)/completion.zsh:$(DATADIR)/zsh/site-functions/_modferry \
	    0644:$(O)/completion.fish:$(DATADIR)/fish/vendor_completions.d/modferry.fish

# The program has the loader's folder in it: the object that holds it is made again when LIBEXECDIR
# is another one than that of the last run (`make`, then `make install PREFIX=/usr`).
$(O)/lib/cli/overlay_loader.o: $(O)/libexecdir
$(O)/libexecdir: FORCE
	@mkdir -p $(@D)
	@echo '$(LIBEXECDIR)' | cmp -s - $@ || echo '$(LIBEXECDIR)' >$@
FORCE:

$(O)/completion.%: $(O)/modferry
	$(O)/modferry --completion $* >$@.new
	mv $@.new $@

# The umask is set for the folders that install makes on its way.
install: all $(COMPLETIONS)
	@umask 022; set -e; for entry in $(INSTALLED); do \
		mode=$${entry%%:*} paths=$${entry#*:}; \
		from=$${paths%%:*} to="$(DESTDIR)$${paths#*:}"; \
		install -D -m "$$mode" "$$from" "$$to"; \
		echo "installed $$to"; \
	done

# Folders are removed only where they are modferry's own.
uninstall:
	@set -e; for entry in $(INSTALLED); do rm -f "$(DESTDIR)$${entry##*:}"; done
	@for folder in '$(LIBEXECDIR)/$(ARCH)' '$(LIBEXECDIR)'; do \
		rmdir "$(DESTDIR)$$folder" 2>/dev/null || :; \
	done

.PHONY: install uninstall FORCE
