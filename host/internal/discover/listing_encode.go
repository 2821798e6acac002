package discover

import (
	"encoding/binary"
	"hash/crc32"
	"time"

	"github.com/jcode-go/jcode/host/internal/fingerprint"
)

// listing is what a search found, and what the files looked like that it depends on.
// Its encoding is one of our own: it is read at every start of a command that needs to
// know the plugins, and decoding JSON or TOML takes longer than the search it saves.
type listing struct {
	// key is what besides files the rows depend on.
	key   string
	files []lookedAt
	rows  []Plugin
}

// lookedAt is a file as it was; absent if there was none.
type lookedAt struct {
	path   string
	absent bool
	was    fingerprint.File
}

// listingMagic begins an encoded listing. Its number grows with every change of fields.
const listingMagic = "jcode plugins 1\n"

// fields appends pointers to all that a listing holds of a file, in the order in which
// they are written.
func (f *lookedAt) fields(to []any) []any {
	return append(to, &f.path, &f.absent, &f.was.Device, &f.was.Inode, &f.was.Size, &f.was.Modified, &f.was.Changed)
}

// fields appends pointers to all that a row is made of.
func (p *Plugin) fields(to []any) []any {
	return append(p.Manifest.fields(to),
		&p.Name, &p.Display, &p.Version, &p.Protocol, &p.SDKVersion, (*string)(&p.Source), &p.Path, (*string)(&p.Status),
		&p.Reason, &p.Remedy, &p.Kind, &p.Experimental, &p.Rank, &p.Trust, &p.TrustDetail, &p.Size, &p.Description,
		&p.Warnings, &p.Foreign, &p.Script, &p.LockedSHA256, &p.LockPath, &p.LockedBlocks, &p.LockedTree, &p.TreeRoot,
		&p.Denied, &p.Origin, &p.Signer, &p.Installed, &p.Pinned, &p.ReplacesBundled, &p.yields,
	)
}

func (m *Manifest) fields(to []any) []any {
	return append(to,
		&m.Schema, &m.Name, &m.Version, &m.Display, &m.Publisher, &m.Homepage, &m.License, &m.Description, &m.Protocol,
		&m.MinHost, &m.Kind, &m.Rank, &m.Experimental, &m.Login, &m.Environment.Variables, &m.Environment.Prefixes,
		&m.Files.Read, &m.Files.Write, &m.Programs.Run, &m.Network.Hosts, &m.Signing.MinisignKeys,
	)
}

func (l *LoginMethod) fields(to []any) []any { return append(to, &l.ID, &l.Label) }

// encode writes a listing: the magic, the rest, and a checksum of both.
func (l *listing) encode() []byte {
	out := encoder(listingMagic)
	out.text(l.key)
	var fields []any
	out.number(len(l.files))
	for i := range l.files {
		fields = l.files[i].fields(fields[:0])
		out.all(fields)
	}
	out.number(len(l.rows))
	for i := range l.rows {
		fields = l.rows[i].fields(fields[:0])
		out.all(fields)
	}
	return binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

type encoder []byte

func (e *encoder) number(n int) { e.wide(int64(n)) }

func (e *encoder) wide(n int64) { *e = binary.AppendVarint(*e, n) }

func (e *encoder) text(s string) {
	e.number(len(s))
	*e = append(*e, s...)
}

func (e *encoder) flag(set bool) {
	if set {
		e.number(1)
	} else {
		e.number(0)
	}
}

// list writes how long a list is; none says that it is no list at all.
func (e *encoder) list(n int, none bool) {
	e.flag(!none)
	if !none {
		e.number(n)
	}
}

func (e *encoder) all(fields []any) {
	for _, field := range fields {
		e.one(field)
	}
}

func (e *encoder) one(field any) {
	switch v := field.(type) {
	case *string:
		e.text(*v)
	case *bool:
		e.flag(*v)
	case *int:
		e.number(*v)
	case *int64:
		e.wide(*v)
	case *uint64:
		e.wide(int64(*v)) //nolint:gosec // the same 64 bits
	case **int:
		e.flag(*v != nil)
		if *v != nil {
			e.number(**v)
		}
	case *time.Time:
		stamp, _ := v.MarshalBinary() // no zone of ours is too odd for it
		e.text(string(stamp))
	case *[]string:
		e.list(len(*v), *v == nil)
		for i := range *v {
			e.text((*v)[i])
		}
	case *[]int:
		e.list(len(*v), *v == nil)
		for i := range *v {
			e.number((*v)[i])
		}
	case *[]LoginMethod:
		e.list(len(*v), *v == nil)
		for i := range *v {
			e.all((*v)[i].fields(nil))
		}
	}
}
