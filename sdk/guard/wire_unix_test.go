//go:build unix

package guard

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzOrder(f *testing.F) {
	f.Add(order{path: "/bin/sh", dir: "/", args: []string{"sh", ""}, env: []string{"A=1"}, folders: []string{"/x"}, orphans: []string{"/y"}, terminal: true, landlock: true}.encode())
	f.Add(order{}.encode())
	f.Add([]byte{2, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := decodeOrder(b)
		if err != nil {
			return
		}
		again, err := decodeOrder(o.encode())
		if err != nil || !reflect.DeepEqual(o, again) {
			t.Errorf("%+v came back as %+v, %v", o, again, err)
		}
	})
}

func FuzzNumbers(f *testing.F) {
	f.Add(encodeNumbers(0, 1, 1<<40))
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := decodeNumbers(b)
		if err != nil {
			return
		}
		if again, err := decodeNumbers(encodeNumbers(list...)); err != nil || !cmp.Equal(list, again) {
			t.Errorf("%v came back as %v, %v", list, again, err)
		}
	})
}

func TestOrderRefusesGarbage(t *testing.T) {
	t.Parallel()
	whole := string(order{path: "/p", dir: "/", args: []string{"a"}, env: []string{"E=1"}}.encode())
	for i := range whole {
		if _, err := decodeOrder([]byte(whole[:i])); err == nil {
			t.Errorf("cut at %d is accepted", i)
		}
	}
	for name, b := range map[string]string{
		"trailing": whole + "x", "flag": whole[:len(whole)-1] + "\x04", "three heads": "\x03" + whole[1:],
	} {
		if _, err := decodeOrder([]byte(b)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestMarkerStaysHere(t *testing.T) {
	t.Parallel()
	got := withoutMarker([]string{"A=1", envMarker + "=1", envMarker + "X=1", strings.ToLower(envMarker) + "=1"})
	if d := cmp.Diff([]string{"A=1", "JCODE_GUARDX=1", "jcode_guard=1"}, got); d != "" {
		t.Error(d)
	}
}
