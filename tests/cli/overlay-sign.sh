#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Signing of modules, with the kernel's own sign-file and openssl as the measure, and what check says of the signers.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

K=6.1.0-56-amd64
MAGIC="$K SMP preempt mod_unload modversions "
LAYOUT=import:module_layout=11111111
MARKER='~Module signature appended~'
export XDG_CACHE_HOME="$work/cache" MODFERRY_LIBEXECDIR="$work/libexec"
unset HOME KBUILD_SIGN_PIN
mkdir -p "$work/libexec/x86_64"
cp "$modferry" "$work/libexec/x86_64/modferry-load"

sign_file=$(find /usr/lib/linux-kbuild-*/scripts/sign-file 2>/dev/null | head -n 1)
[ -x "$sign_file" ] || fail "no sign-file here; install linux-headers-amd64"

# key NAME OPENSSL-OPTION...: NAME.key and its own certificate NAME.pem
key() {
	key=$1
	shift
	openssl req -x509 -nodes -days 36500 -subj "/CN=test $key" -keyout "$work/$key.key" -out "$work/$key.pem" "$@" \
		2>/dev/null
}

# ko FILE WORD...: a module for $K
ko() {
	file=$1
	shift
	mkdir -p "$(dirname "$file")"
	"$MKKO" "$file" "vermagic=$MAGIC" license=GPL "$LAYOUT" import:printk=22222222 "$@"
}

# sign STATUS KEY CERT OPTION...: an overlay of $work/plain in $work/made
sign() {
	status=$1 sign_key=$2 sign_cert=$3
	shift 3
	rm -rf "$work/made"
	run "$status" overlay --for generic --format dir -o "$work/made" --sign-key "$work/$sign_key" \
		--sign-cert "$work/$sign_cert" "$@" "$work/plain"
}

made() {
	find "$work/made" -name drv.ko
}

# verified FILE CERT: openssl takes the signature apart, the kernel's way
verified() {
	python3 - "$1" "$work/content" "$work/p7" <<-'PYTHON'
		import sys
		whole = open(sys.argv[1], "rb").read()
		end = b"~Module signature appended~\n"
		assert whole.endswith(end)
		whole = whole[:-len(end)]
		info, whole = whole[-12:], whole[:-12]
		assert info[:8] == b"\0\0\2\0\0\0\0\0"
		n = int.from_bytes(info[8:], "big")
		open(sys.argv[2], "wb").write(whole[:-n])
		open(sys.argv[3], "wb").write(whole[-n:])
	PYTHON
	openssl cms -verify -binary -inform DER -in "$work/p7" -content "$work/content" -certfile "$2" -CAfile "$2" \
		-nointern -purpose any -out /dev/null 2>"$work/err" || fail "openssl does not verify $1"
	cmp "$work/content" "$work/plain/drv.ko"
}

test_oracle() {
	for hash in sha256 sha384 sha512; do
		"$sign_file" "$hash" "$work/rsa.key" "$work/rsa.pem" "$work/plain/drv.ko" "$work/oracle.ko"
		sign 0 rsa.key rsa.pem --sign-hash "$hash"
		has out '^signed: by test rsa$'
		cmp "$work/oracle.ko" "$(made)" || fail "$hash: not what sign-file writes"
		verified "$(made)" "$work/rsa.pem"
	done
	sign 0 ec.key ec.pem
	verified "$(made)" "$work/ec.pem"
	grep -q '^signer test ec$' "$work"/made/modferry/d/*/manifest
	sha256=$(sha256sum "$(made)")
	grep -q "^sha256 ${sha256%% *}\$" "$work"/made/modferry/d/*/manifest || fail "the manifest has another digest"
	# DER, and the default hash
	openssl x509 -in "$work/rsa.pem" -outform DER -out "$work/rsa.der"
	"$sign_file" sha256 "$work/rsa.key" "$work/rsa.der" "$work/plain/drv.ko" "$work/oracle.ko"
	sign 0 rsa.key rsa.der
	cmp "$work/oracle.ko" "$(made)"
}

# A signature in place is replaced, once for all; one that cannot be read is not.
test_again() {
	cp "$work/oracle.ko" "$work/expected.ko"
	cp "$work/plain/drv.ko" "$work/unsigned.ko"
	"$sign_file" sha512 "$work/ec.key" "$work/ec.pem" "$work/plain/drv.ko"
	run 0 list --json "$work/plain"
	has out '"signer":"test ec"'
	run 0 overlay --for generic --format dir -o "$work/kept" "$work/plain"
	cmp "$work/plain/drv.ko" "$work"/kept/modferry/d/*/"$K"/drv.ko || fail "a signed module was changed"
	sign 0 rsa.key rsa.pem
	cmp "$work/expected.ko" "$(made)" || fail "the old signature is still there"
	printf '%s\n' "$MARKER" >>"$work/plain/drv.ko"
	sign 1 rsa.key rsa.pem
	one_message 'overlay: .*/plain/drv.ko: its signature is malformed and cannot be replaced; build it anew'
	[ ! -e "$work/made" ] || fail "refused, but written"
	mv "$work/unsigned.ko" "$work/plain/drv.ko"
}

test_refused() {
	sign 1 rsa.key ec.pem
	one_message 'overlay: .*/ec.pem: does not belong to the private key'
	sign 1 gone rsa.pem
	one_message 'overlay: .*/gone: No such file'
	sign 1 rsa.key gone
	one_message 'overlay: .*/gone: No such file'
	sign 1 plain/drv.ko rsa.pem
	one_message 'overlay: .*/drv.ko: no private key in it'
	sign 1 rsa.key plain/drv.ko
	one_message 'overlay: .*/drv.ko: no X.509 certificate in it'
	sign 2 rsa.key rsa.pem --sign-hash md5
	one_message 'overlay: --sign-hash md5: unknown, it may be sha256, sha384 or sha512'
	run 2 overlay --for generic -o "$work/o" --sign-key "$work/rsa.key" "$work/plain"
	one_message 'overlay: --sign-key and --sign-cert: signing needs both'
	run 2 overlay --for generic -o "$work/o" --sign-hash sha256 "$work/plain"
	one_message 'overlay: --sign-key and --sign-cert: signing needs both'
	run 1 overlay --for generic -o "$work/o" --sign-key 'pkcs11:object=x' --sign-cert "$work/rsa.pem" "$work/plain"
	one_message 'overlay: pkcs11:object=x: keys of PKCS#11 tokens are not supported'
}

test_passphrase() {
	openssl pkey -in "$work/rsa.key" -aes256 -passout pass:opensesame -out "$work/secret.key"
	sign 1 secret.key rsa.pem
	one_message 'overlay: .*/secret.key: is encrypted; put its passphrase into the environment as KBUILD_SIGN_PIN'
	KBUILD_SIGN_PIN=wrong-one sign 1 secret.key rsa.pem
	one_message 'overlay: .*/secret.key: the passphrase in KBUILD_SIGN_PIN does not decrypt it'
	has_not err wrong-one
	KBUILD_SIGN_PIN=opensesame sign 0 secret.key rsa.pem
	cmp "$work/expected.ko" "$(made)"
}

# The check of overlay judges what was signed just now; check names the signer.
test_check() {
	ko "$work/root/lib/modules/$K/kernel/drivers/stock.ko" name=stock
	(cd "$work/root" && find . | sort | cpio -o -H newc --quiet) | gzip -9n >"$work/initrd"
	run 1 overlay --initrd "$work/initrd" --no-headers --secure-boot -o "$work/o.cpio.gz" "$work/plain"
	one_message 'overlay: drv would not load on kernel .*: unsigned: is not signed, and signatures are enforced there'
	run 0 overlay --initrd "$work/initrd" --no-headers --secure-boot --cert "$work/rsa.pem" \
		--sign-key "$work/rsa.key" --sign-cert "$work/rsa.pem" -o "$work/o.cpio.gz" "$work/plain"
	[ ! -s "$work/err" ] || fail "warned: $(cat "$work/err")"
	run 0 check --initrd "$work/initrd" --no-headers --secure-boot --cert "$work/rsa.pem" "$work/o.cpio.gz"
	has out "^loads +drv +- +$K +-\$"
	has out '^signed   drv: by test rsa, which is trusted there$'
	run 3 check --initrd "$work/initrd" --no-headers --secure-boot --cert "$work/ec.pem" "$work/o.cpio.gz"
	has out '^signed   drv: by test rsa, whether that key is trusted there is not known$'
	has out '^unknown  drv: signer-unknown: '
	run 0 check --initrd "$work/initrd" --no-headers --json --cert "$work/rsa.pem" "$work/o.cpio.gz"
	python3 - "$work/out" <<-'PYTHON'
		import json, sys
		driver = json.load(open(sys.argv[1]))["drivers"][0]
		assert driver["signer"] == "test rsa" and driver["trusted"] is True, driver
	PYTHON
	run 0 check --initrd "$work/initrd" --no-headers "$work/plain"
	has_not out '^signed'
}

key rsa -newkey rsa:2048
key ec -newkey ec -pkeyopt ec_paramgen_curve:P-256
ko "$work/plain/drv.ko" name=drv
test_oracle
test_again
test_refused
test_passphrase
test_check
