package credfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// object is a JSON object whose members keep their order and their text. A member
// is only taken apart when a path leads into it.
type object struct{ members []member }

type member struct {
	key   string
	text  []byte          // of the key, quoted as it was
	raw   json.RawMessage // the value, unless open
	inner *object         // the value, once taken apart
}

var errNoObject = errors.New("not an object")

// parseObject reads valid JSON text, which must be an object.
func parseObject(text []byte) (*object, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errNoObject
	}
	o := new(object)
	for d.More() {
		begin := d.InputOffset()
		t, err := d.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil, errNoObject
		}
		quoted := bytes.TrimLeft(text[begin:d.InputOffset()], ", \t\r\n")
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		o.members = append(o.members, member{key: key, text: quoted, raw: raw})
	}
	return o, nil
}

// find returns the last member of that key, nil if there is none.
func (o *object) find(key string) *member {
	for i := len(o.members) - 1; i >= 0; i-- {
		if o.members[i].key == key {
			return &o.members[i]
		}
	}
	return nil
}

func (m *member) value() json.RawMessage {
	if m.inner != nil {
		return m.inner.encode()
	}
	return m.raw
}

// open takes the value apart.
func (m *member) open() (*object, error) {
	if m.inner == nil {
		inner, err := parseObject(m.raw)
		if err != nil {
			return nil, err
		}
		m.inner = inner
	}
	return m.inner, nil
}

// descend follows a path. Without create it returns nil where the path ends;
// with it, it makes the missing objects.
func (o *object) descend(path []string, create bool) (*object, error) {
	for _, key := range path {
		m := o.find(key)
		missing := m == nil || (m.inner == nil && string(m.raw) == "null")
		if missing && !create {
			return nil, nil
		}
		if missing {
			m = o.set(key, json.RawMessage("{}"))
		}
		inner, err := m.open()
		if err != nil {
			return nil, fmt.Errorf("%s is %w", key, err)
		}
		o = inner
	}
	return o, nil
}

func (o *object) set(key string, raw json.RawMessage) *member {
	m := o.find(key)
	if m == nil {
		text, _ := marshal(key) // a string always can
		o.members = append(o.members, member{key: key, text: text})
		m = &o.members[len(o.members)-1]
	}
	m.raw, m.inner = raw, nil
	return m
}

func (o *object) merge(from *object) {
	for i := range from.members {
		f := &from.members[i]
		source, sourceErr := f.open()
		if m := o.find(f.key); m != nil && sourceErr == nil {
			if target, err := m.open(); err == nil {
				target.merge(source)
				continue
			}
		}
		o.set(f.key, f.value())
	}
}

func (o *object) remove(key string) bool {
	kept := o.members[:0]
	for _, m := range o.members {
		if m.key != key {
			kept = append(kept, m)
		}
	}
	removed := len(kept) < len(o.members)
	clear(o.members[len(kept):])
	o.members = kept
	return removed
}

func (o *object) encode() json.RawMessage {
	b := []byte{'{'}
	for i := range o.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, o.members[i].text...), ':')
		b = append(b, o.members[i].value()...)
	}
	return append(b, '}')
}
