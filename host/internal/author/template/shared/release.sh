#!/bin/sh
# Builds what `jcode plugins install github.com/OWNER/REPO` wants of a release:
#   dist/jcode-provider-NAME_VERSION_OS_ARCH.tar.gz   for each system
#   dist/checksums.txt
#   dist/checksums.txt.minisig, dist/minisign.pub     with MINISIGN_KEY=FILE
# Upload all files of dist/ to a release whose tag is v and the version. With --check
# it only looks whether a machine that has the repository alone can build it.
set -eu

usage='usage: ./release.sh [--check] VERSION'
check=
if [ "${1:-}" = --check ]; then check=yes; shift; fi

name=acme-name
version=${1:?$usage}
platforms=${PLATFORMS:-"linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64"}

manifest=$(sed -n 's/^version = "\(.*\)"$/\1/p' plugin.toml)
if [ "$version" != "$manifest" ]; then
	echo "release.sh: version $version is not the one in plugin.toml, $manifest" >&2
	exit 1
fi

if [ -n "$check" ]; then
	if grep -Eq '=> *"?([./]|[A-Za-z]:)' go.mod; then
		echo "release.sh: go.mod replaces a module by a folder of your machine; require a version of it:" >&2
		echo "  go mod edit -dropreplace MODULE -require MODULE@VERSION && go mod tidy" >&2
		exit 1
	fi
	exit 0
fi

export COPYFILE_DISABLE=1 # macOS would put files of its own into the archives
rm -rf dist
mkdir -p dist/work
for platform in $platforms; do
	os=${platform%/*} arch=${platform#*/} exe=
	[ "$os" = windows ] && exe=.exe
	archive=jcode-provider-${name}_${version}_${os}_${arch}.tar.gz
	echo "release: $archive"
	CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -tags grpcnotrace \
		-ldflags "-s -w -X main.version=$version" -o "dist/work/jcode-provider-$name$exe" "./cmd/jcode-provider-$name"
	cp plugin.toml README.md dist/work/
	(cd dist/work && tar -czf "../$archive" "jcode-provider-$name$exe" plugin.toml README.md)
	rm "dist/work/jcode-provider-$name$exe"
done
rm -rf dist/work

cd dist
if command -v sha256sum >/dev/null; then sum="sha256sum"; else sum="shasum -a 256"; fi
$sum -- *.tar.gz >checksums.txt

# Whoever installs a signed release keeps to the key from then on: keep it safe.
if [ -n "${MINISIGN_KEY:-}" ]; then
	minisign -S -s "$MINISIGN_KEY" -m checksums.txt
	cp ../minisign.pub .
fi
