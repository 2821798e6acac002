package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	agentFileBytes = 64 << 10
	agentFiles     = 100 // of one folder
)

// SubagentFolders are the folders of a project that may hold types of subagents, the
// nearest last.
func SubagentFolders(workingDir string) []string {
	var folders []string
	for _, folder := range foldersDown(workingDir) {
		folders = append(folders, filepath.Join(folder, ".jcode", "agents"))
	}
	return folders
}

// SubagentFiles are the files of types of subagents in a folder, sorted by name. A
// folder that is not there has none.
func SubagentFiles(folder string) (files []string, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".md") && !strings.HasPrefix(entry.Name(), ".") {
			files = append(files, filepath.Join(folder, entry.Name()))
		}
	}
	return files, err
}

// LoadSubagentTypes reads the types of subagents in a folder. Faults are warnings that
// name the file and the line; a file with one of consequence is left out.
func LoadSubagentTypes(folder string) (types []SubagentType, warnings []string) {
	files, err := SubagentFiles(folder)
	if err != nil {
		warnings = append(warnings, "read subagent types: "+err.Error())
	}
	if len(files) > agentFiles {
		warnings = append(warnings, fmt.Sprintf("%s has %d files; only the first %d are read", folder, len(files), agentFiles))
		files = files[:agentFiles]
	}
	for _, file := range files {
		data, err := readAgentFile(file)
		if err != nil {
			warnings = append(warnings, "read subagent type: "+err.Error())
			continue
		}
		t, faults, ok := parseSubagentType(file, data)
		for _, fault := range faults {
			if !ok {
				fault += "; the file is not used"
			}
			warnings = append(warnings, fault)
		}
		if ok {
			types = append(types, t)
		}
	}
	return types, warnings
}

func readAgentFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would never end
		return nil, fmt.Errorf("%s: not a file", path)
	}
	if info.Size() > agentFileBytes {
		return nil, fmt.Errorf("%s: longer than %d KiB", path, agentFileBytes>>10)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, agentFileBytes))
}

// agentParser reads one file.
type agentParser struct {
	file   string
	faults []string
	bad    bool
}

// fault notes what is wrong at a line of the file.
func (p *agentParser) fault(line int, format string, values ...any) {
	p.faults = append(p.faults, fmt.Sprintf("%s:%d: %s", p.file, line, fmt.Sprintf(format, values...)))
}

// fatal is a fault with which the file cannot be used.
func (p *agentParser) fatal(line int, format string, values ...any) {
	p.bad = true
	p.fault(line, format, values...)
}

var fence = []byte("---")

// parseSubagentType reads the front matter between two lines of three dashes, and what
// follows as the prompt.
func parseSubagentType(file string, data []byte) (t SubagentType, faults []string, ok bool) {
	p := &agentParser{file: file}
	data = bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), []byte("\r\n"), []byte("\n"))
	front, body, found := cutFrontMatter(data)
	if !found {
		p.fatal(1, "no front matter: the file must begin with a line ---, then name, description and so on, then another ---")
		return t, p.faults, false
	}
	t = SubagentType{Name: strings.TrimSuffix(filepath.Base(file), ".md"), File: file, Prompt: strings.ToValidUTF8(strings.TrimSpace(string(body)), "�")}
	p.frontMatter(front, &t)
	switch {
	case p.bad:
	case !isAgentName(t.Name):
		p.fatal(1, "%q is no name of a subagent type: lower-case letters, digits and -, at most 64", t.Name)
	case t.Description == "":
		p.fatal(1, "no description: it tells the model when to use the type")
	case t.Prompt == "":
		p.fatal(1+bytes.Count(front, []byte("\n"))+1, "nothing follows the front matter: the text there tells the subagent what it is")
	}
	return t, p.faults, !p.bad
}

func isAgentName(name string) bool {
	const letters, others = "abcdefghijklmnopqrstuvwxyz", "0123456789-"
	return name != "" && len(name) <= 64 && strings.Contains(letters, name[:1]) && strings.Trim(name, letters+others) == ""
}

func cutFrontMatter(data []byte) (front, body []byte, ok bool) {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	if !bytes.Equal(bytes.TrimRight(first, " \t"), fence) {
		return nil, nil, false
	}
	for at := 0; at <= len(rest); {
		line, _, more := bytes.Cut(rest[at:], []byte("\n"))
		end := at + len(line)
		if bytes.Equal(bytes.TrimRight(line, " \t"), fence) {
			return rest[:at], rest[min(end+1, len(rest)):], true
		}
		if !more {
			break
		}
		at = end + 1
	}
	return nil, nil, false
}

// yamlFault takes the line out of an error's text, where alone it is.
func yamlFault(err error) (line int, text string) {
	text = strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " ")
	if after, ok := strings.CutPrefix(text, "line "); ok {
		if number, rest, ok := strings.Cut(after, ": "); ok {
			if line, err := strconv.Atoi(number); err == nil {
				return line, rest
			}
		}
	}
	return 0, text
}

func (p *agentParser) frontMatter(front []byte, t *SubagentType) {
	const before = 1 // the first fence
	var document yaml.Node
	if err := yaml.Unmarshal(front, &document); err != nil {
		line, text := yamlFault(err)
		p.fatal(line+before, "%s", text)
		return
	}
	if len(document.Content) == 0 {
		return
	}
	top := document.Content[0]
	if top.Kind != yaml.MappingNode {
		p.fatal(top.Line+before, "the front matter must be of the form key: value")
		return
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		p.setting(top.Content[i].Value, top.Content[i+1], top.Content[i+1].Line+before, t)
	}
}

func (p *agentParser) setting(key string, value *yaml.Node, line int, t *SubagentType) {
	switch key {
	case "name":
		t.Name = p.text(key, value, line)
	case "description":
		t.Description = strings.Join(strings.Fields(p.text(key, value, line)), " ")
	case "model":
		if t.Model = p.text(key, value, line); t.Model == "inherit" {
			t.Model = ""
		}
	case "max_turns":
		text := p.text(key, value, line)
		n, err := strconv.Atoi(text)
		if !p.bad && (err != nil || n < 1 || n > taskTurnsMost) {
			p.fatal(line, "max_turns: %q is no number from 1 to %d", text, taskTurnsMost)
		}
		t.MaxTurns = n
	case "permission_mode":
		t.PermissionMode = p.text(key, value, line)
		if modes := []string{"read-only", "edit", "auto", "bypass"}; !p.bad && !slices.Contains(modes, t.PermissionMode) {
			p.fatal(line, "permission_mode: %q is none of %s", t.PermissionMode, strings.Join(modes, ", "))
		}
	case "tools":
		p.tools(value, line, t)
	default:
		p.fault(line, "%s is not known and has no effect; there are name, description, tools, model, max_turns and permission_mode", key)
	}
}

func (p *agentParser) text(key string, value *yaml.Node, line int) string {
	if value.Kind != yaml.ScalarNode {
		p.fatal(line, "%s must be a text", key)
		return ""
	}
	return strings.TrimSpace(value.Value)
}

// tools takes a list, or names with commas between them.
func (p *agentParser) tools(value *yaml.Node, line int, t *SubagentType) {
	var names []string
	switch value.Kind { //nolint:exhaustive // the others are no list
	case yaml.ScalarNode:
		names = strings.Split(value.Value, ",")
	case yaml.SequenceNode:
		for _, item := range value.Content {
			names = append(names, item.Value)
		}
	default:
		p.fatal(line, "tools must be a list of names")
		return
	}
	t.Tools = []string{}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case name == "":
		case !slices.Contains(SubagentTools(), name):
			p.fault(line, "tools: a subagent has no tool %q; there are %s", name, strings.Join(SubagentTools(), ", "))
		case !slices.Contains(t.Tools, name):
			t.Tools = append(t.Tools, name)
		}
	}
	slices.Sort(t.Tools)
	if len(t.Tools) == 0 {
		p.fatal(line, "tools: none of them is there")
	}
}
