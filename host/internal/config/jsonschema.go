package config

import (
	"encoding/json"
	"strings"
)

// choices are the settings that are one of a few words.
var choices = map[string][]string{
	"permission_mode": PermissionModes, "on_deny": OnDenyModes, "ask": AskModes, "bash.timeout_action": TimeoutActions,
	"log_level": append([]string{""}, LogLevels...),
}

// JSONSchema is the JSON Schema of the file, made from the table of settings.
func JSONSchema() ([]byte, error) {
	root := object{}
	for _, known := range schema {
		table, name := splitKey(known.key)
		at := root
		if table != "" {
			if root[table] == nil {
				root[table] = tableSchema(object{})
			}
			at, _ = root[table].(object)["properties"].(object)
		}
		at[name] = valueSchema(known)
	}
	settings := object{
		"type": "object", "description": "settings of one provider's plugin", "additionalProperties": object{
			"type": []string{"string", "number", "boolean", "object"},
		},
	}
	root["plugin"] = object{"type": "object", "patternProperties": object{namePattern().String(): settings}, "additionalProperties": false}
	whole := tableSchema(root)
	whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	whole["title"] = "jcode " + FileName
	return json.MarshalIndent(whole, "", "  ")
}

type object = map[string]any

func tableSchema(properties object) object {
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

func valueSchema(known setting) object {
	s := object{"description": known.help}
	switch known.kind {
	case kindString:
		s["type"], s["default"] = "string", known.standard
		if words, ok := choices[known.key]; ok {
			s["enum"] = words
		}
		if known.key == "log_file" {
			s["pattern"] = `^$|^~/|^/|^[A-Za-z]:[/\\]|^\\\\`
		}
		if known.key == "provider" {
			s["pattern"] = "^$|" + namePattern().String()
		}
	case kindList:
		s["type"], s["items"] = "array", object{"type": "string"}
	case kindRules:
		s["type"], s["items"] = "array", object{"type": "string", "pattern": `^\s*(bash|edit|glob|grep|read|write)\s*(\(.+\))?\s*$`}
	case kindBool:
		s["type"], s["default"] = "boolean", known.standard == "true"
	case kindCount:
		s["type"], s["minimum"], s["default"] = "integer", 0, json.Number(strings.TrimSpace(known.standard))
	case kindDuration:
		s["anyOf"] = []object{{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^[0-9]+$`}, {"type": "integer", "minimum": 0}}
		s["default"] = known.standard
	case kindAmount:
		s["type"], s["minimum"], s["default"] = "number", 0, json.Number(known.standard)
	case kindShare:
		s["anyOf"] = []object{{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"type": "string", "pattern": `^ *([0-9]*\.)?[0-9]+ *%? *$`}}
		s["default"] = json.Number(known.standard)
	case kindBytes:
		s["anyOf"] = []object{{"type": "string", "pattern": "^[0-9]+ ?(KiB|MiB|GiB|kB|MB|GB|B)?$"}, {"type": "integer", "minimum": 0}}
		s["default"] = json.Number(known.standard)
	}
	return s
}
