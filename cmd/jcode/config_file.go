package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// configFileCommands are those that work on a whole file.
func (c *command) configFileCommands() []*cli.Command {
	return []*cli.Command{
		{
			Name: "unset", Usage: "take one setting out of the file", ArgsUsage: "KEY",
			Description: "Examples:\n  jcode config unset provider", Action: c.configUnset,
		},
		{
			Name: "edit", Usage: "edit the file, and save it only if it is valid",
			Description: "The editor is $VISUAL, else $EDITOR; it gets a copy.\n\nExamples:\n  jcode config edit", Action: c.configEdit,
		},
		{
			Name: "validate", Usage: "check the files, or one", ArgsUsage: "[FILE]",
			Description: "Without FILE everything that a run would read is checked, trust included.\n" +
				"A key that no setting has is a fault here. Faults end with exit 3.\n\nExamples:\n  jcode config validate\n  jcode config validate .jcode/config.toml",
			Action: c.configValidate,
		},
		{
			Name: "schema", Usage: "print the JSON Schema of the file",
			Description: "Examples:\n  jcode config schema > jcode.schema.json", Action: c.configSchema,
		},
	}
}

func (c *command) configUnset(flags *cli.Context) error {
	if err := wantArgs(flags, 1, 1); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	removed, err := h.ConfigUnset(flags.Args().First())
	if err == nil && !removed {
		c.warn(h.ConfigPath() + " does not set " + flags.Args().First())
	}
	return err
}

func (c *command) configSchema(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	text, err := host.ConfigSchema()
	if err == nil {
		_, err = c.out.Write(append(text, '\n'))
	}
	return err
}

func (c *command) configValidate(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 1); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	files := flags.Args().Slice()
	if len(files) == 0 {
		if _, err := h.ConfigList(); err != nil { // values, origins and trust together
			return err
		}
		files = existing(h.ConfigFiles())
	}
	for _, file := range files {
		if flags.NArg() > 0 && len(existing([]string{file})) == 0 {
			return &usageError{what: "file", why: file + " does not exist"}
		}
		if err := c.firstFault(h.ConfigValidate(file)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(c.out, oneLine(file)+": ok"); err != nil {
			return err
		}
	}
	return nil
}

// firstFault shows all faults but the first, which becomes the command's error.
func (c *command) firstFault(faults []error) error {
	if len(faults) == 0 {
		return nil
	}
	for _, fault := range faults[1:] {
		c.printFailure(c.explain(fault))
	}
	return faults[0]
}

func existing(files []string) []string {
	var found []string
	for _, file := range files {
		if _, err := os.Lstat(file); err == nil {
			found = append(found, file)
		}
	}
	return found
}

// configEdit has the user edit a copy until it is valid.
func (c *command) configEdit(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	before, err := os.ReadFile(h.ConfigPath())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	folder, err := os.MkdirTemp("", "jcode-edit-")
	if err != nil {
		return err
	}
	copied := filepath.Join(folder, "config.toml")
	if err := os.WriteFile(copied, before, 0o600); err != nil {
		return err
	}
	if err := c.editUntilValid(flags, h, copied); err != nil {
		return err // the copy stays: it holds work
	}
	after, err := os.ReadFile(copied)
	if err == nil && !bytes.Equal(before, after) {
		err = h.ConfigReplace(after)
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(folder)
}

func (c *command) editUntilValid(flags *cli.Context, h *host.Host, copied string) error {
	for {
		if err := c.runEditor(flags, copied); err != nil {
			return err
		}
		text, err := os.ReadFile(copied)
		if err != nil {
			return err
		}
		fault := c.firstFault(h.ConfigValidateText(h.ConfigPath(), text))
		if fault == nil {
			return nil
		}
		if !c.interactive() || !c.editAgain(flags, fault) {
			c.warn("nothing was saved; what you wrote is in " + copied)
			return fault
		}
	}
}

// editAgain shows the fault and asks.
func (c *command) editAgain(flags *cli.Context, fault error) bool {
	c.printFailure(c.explain(fault))
	ui := c.newLoginUI(false)
	defer ui.close()
	answer, err := ui.ask(flags.Context, "edit again (Y/n): ", false)
	return err == nil && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "n")
}

// runEditor runs the user's editor as git does: its variable may hold arguments.
func (c *command) runEditor(flags *cli.Context, file string) error {
	editor := c.env["VISUAL"]
	if editor == "" {
		editor = c.env["EDITOR"]
	}
	if strings.TrimSpace(editor) == "" {
		return &host.ConfigError{Message: "edit configuration: neither VISUAL nor EDITOR names an editor", Remedy: "EDITOR=vi jcode config edit"}
	}
	cmd := exec.CommandContext(flags.Context, "sh", "-c", editor+` "$@"`, editor, file)
	if runtime.GOOS == "windows" {
		words := strings.Fields(editor)
		cmd = exec.CommandContext(flags.Context, words[0], append(words[1:], file)...)
	}
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = c.environ, c.in, c.out, c.err
	if err := cmd.Run(); err != nil {
		return &host.ConfigError{Message: fmt.Sprintf("edit configuration: %s: %v; nothing was saved", editor, err)}
	}
	return nil
}
