package discover

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"time"
)

// decodeListing reads what encode wrote; ok is false for anything else. The strings of
// the listing are parts of one, which holds data's content.
func decodeListing(data []byte) (l listing, ok bool) {
	body := len(data) - crc32.Size
	if body < 0 || binary.LittleEndian.Uint32(data[body:]) != crc32.ChecksumIEEE(data[:body]) {
		return listing{}, false
	}
	text, found := strings.CutPrefix(string(data[:body]), listingMagic)
	if !found {
		return listing{}, false
	}
	in := decoder{rest: text}
	l.key = in.text()
	var fields []any // of which each takes a byte, or more
	l.files = make([]lookedAt, in.count(len((&lookedAt{}).fields(nil))))
	for i := range l.files {
		fields = l.files[i].fields(fields[:0])
		in.all(fields)
	}
	l.rows = make([]Plugin, in.count(len((&Plugin{}).fields(nil))))
	for i := range l.rows {
		fields = l.rows[i].fields(fields[:0])
		in.all(fields)
	}
	return l, !in.wrong && in.rest == ""
}

// decoder reads what encoder wrote. Once it is wrong it reads zeros.
type decoder struct {
	rest  string
	wrong bool
}

func (d *decoder) number() int64 {
	head := d.rest[:min(len(d.rest), binary.MaxVarintLen64)]
	n, size := binary.Varint([]byte(head))
	if size <= 0 {
		d.rest, d.wrong = "", true
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

// count reads a number of things that take some bytes each, or more.
func (d *decoder) count(bytes int) int {
	n := d.number()
	if n < 0 || n > int64(len(d.rest)/bytes) {
		d.rest, d.wrong = "", true
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count(1)
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) flag() bool { return d.number() == 1 }

func (d *decoder) all(fields []any) {
	for _, field := range fields {
		d.one(field)
	}
}

func (d *decoder) one(field any) {
	switch v := field.(type) {
	case *string:
		*v = d.text()
	case *bool:
		*v = d.flag()
	case *int:
		*v = int(d.number())
	case *int64:
		*v = d.number()
	case *uint64:
		*v = uint64(d.number()) //nolint:gosec // the same 64 bits
	case **int:
		if d.flag() {
			n := int(d.number())
			*v = &n
		}
	case *time.Time:
		d.wrong = v.UnmarshalBinary([]byte(d.text())) != nil || d.wrong
	case *[]string:
		*v = listOf[string](d)
		for i := range *v {
			(*v)[i] = d.text()
		}
	case *[]int:
		*v = listOf[int](d)
		for i := range *v {
			(*v)[i] = int(d.number())
		}
	case *[]LoginMethod:
		*v = listOf[LoginMethod](d)
		for i := range *v {
			d.all((*v)[i].fields(nil))
		}
	}
}

// listOf reads a list's length; there may be no list at all.
func listOf[T any](d *decoder) []T {
	if !d.flag() {
		return nil
	}
	return make([]T, d.count(1))
}
