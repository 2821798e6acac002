package discover

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/host/internal/fingerprint"
)

// filled is a value of a type with something in every field, and in every list two.
func filled(kind reflect.Type, next *int) reflect.Value {
	v := reflect.New(kind).Elem()
	*next++
	switch {
	case kind == reflect.TypeFor[time.Time]():
		return reflect.ValueOf(time.Date(2026, 11, 26, 12, 0, *next, 5, time.FixedZone("", 3600*(*next%12))))
	case kind.Kind() == reflect.Pointer:
		v.Set(reflect.New(kind.Elem()))
		v.Elem().Set(filled(kind.Elem(), next))
	case kind.Kind() == reflect.Struct:
		for i := range kind.NumField() {
			if kind.Field(i).IsExported() {
				v.Field(i).Set(filled(kind.Field(i).Type, next))
			}
		}
	case kind.Kind() == reflect.Slice:
		v.Set(reflect.Append(v, filled(kind.Elem(), next), filled(kind.Elem(), next)))
	case kind.Kind() == reflect.String:
		v.SetString(fmt.Sprint("é", *next))
	case kind.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(int64(-*next))
	case v.CanUint():
		v.SetUint(1<<63 + uint64(*next))
	}
	return v
}

func full[T any](next *int) T {
	v, _ := filled(reflect.TypeFor[T](), next).Interface().(T)
	return v
}

var unexported = cmp.AllowUnexported(listing{}, lookedAt{}, Plugin{})

// A field that the table does not name comes back empty here.
func TestListingKeepsEveryField(t *testing.T) {
	t.Parallel()
	next := 0
	yielding := full[Plugin](&next)
	yielding.yields = true
	want := listing{
		key: "a\x00b",
		files: []lookedAt{
			{path: "/there", was: full[fingerprint.File](&next)},
			{path: "/gone", absent: true},
		},
		rows: []Plugin{full[Plugin](&next), {}, yielding, {Protocol: []int{}, Warnings: []string{}}},
	}
	got, ok := decodeListing(want.encode())
	if diff := cmp.Diff(want, got, unexported); !ok || diff != "" {
		t.Errorf("%v %s", ok, diff)
	}
}

func TestNoListing(t *testing.T) {
	t.Parallel()
	next := 0
	whole := (&listing{key: "k", rows: []Plugin{full[Plugin](&next)}}).encode()
	resummed := func(body []byte) []byte {
		return binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
	}
	body := whole[:len(whole)-crc32.Size]
	tests := map[string][]byte{
		"nothing":            nil,
		"zeros":              make([]byte, 100),
		"half":               whole[:len(whole)/2],
		"one bit":            append([]byte{whole[0] ^ 1}, whole[1:]...),
		"something after it": resummed(append(append([]byte{}, body...), 0)),
		"too short":          resummed(append([]byte{}, body[:len(body)-1]...)),
		"another version":    resummed([]byte(strings.Replace(string(body), "plugins 1", "plugins 0", 1))),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := decodeListing(data); ok {
				t.Errorf("%+v", got)
			}
		})
	}
}

// What is wrong with a listing is found without taking much more memory than it has.
func FuzzListing(f *testing.F) {
	next := 0
	whole := (&listing{key: "k", files: []lookedAt{{path: "/x"}}, rows: []Plugin{full[Plugin](&next)}}).encode()
	f.Add(whole[len(listingMagic) : len(whole)-crc32.Size])
	f.Fuzz(func(t *testing.T, data []byte) {
		body := append([]byte(listingMagic), data...)
		got, ok := decodeListing(binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(body)))
		if !ok {
			return
		}
		again, ok := decodeListing(got.encode())
		if diff := cmp.Diff(got, again, unexported); !ok || diff != "" {
			t.Fatalf("%v %s", ok, diff)
		}
	})
}
