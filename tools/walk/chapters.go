package main

// chapter is one screen of the page.
type chapter struct {
	title, says string
	acts        []act
}

// act is one thing that the user does: type a line, or follow the address on the
// screen. It is over when the screen shows the pattern until; empty is the prompt.
type act struct {
	types  string
	visits bool
	until  string
}

const task = `"A test fails. Find out why, and mend it."`

const asked = `allow \([^)]*\):\s*$`

var chapters = []chapter{
	{"Install", "From a clone, into your home. Nothing else is written.", []act{
		{types: "cd ~/jcode && make install PREFIX=$HOME/.local"},
		{types: "jcode version"},
	}},
	{"Log in", "A browser opens where there is one; here the address was opened by hand and its code pasted.", []act{
		{types: "jcode login", until: `(?m)\d-\d \[\d\]:\s*$`},
		{types: "1", until: `Paste the code[^\n]*\s*$`},
		{visits: true},
	}},
	{"Talk to the model directly", "Without this, jcode runs the vendor's own program. [providers/claude.md](providers/claude.md) has the differences.", []act{
		{types: "export JCODE_USE_DIRECT_API=1"},
		{types: "jcode auth status"},
	}},
	{"Models", "A name that nobody knows is an error before anything is sent.", []act{{types: "jcode models"}, {types: `jcode -m claude-opus-9 run "hi"; echo $?`}}},
	{"Run, and be asked", "In mode `edit` jcode asks before a command; the answer `s` holds for the session.", []act{
		{types: "cd ~/project"},
		{types: "jcode run --permission-mode edit " + task, until: asked},
		{types: "s"},
		{types: "git diff --stat"},
	}},
	{"Resume", "`-c` goes on with the last session of this folder.", []act{{types: `jcode run -c "Which line did you change?"`}}},
	{"A limit", "The exit code says which kind of end it was: 7 is a limit. The session goes on with `-c`.", []act{
		{types: "git checkout -q ."},
		{types: "jcode run --max-turns 2 " + task + "; echo $?"},
	}},
	{"A denied rule", "The model is told, and may go another way; with `--on-deny fail` the run ends there, with 6.", []act{
		{types: "jcode run --deny 'bash(go *)' " + task + "; echo $?"},
		{types: "jcode run --deny 'bash(go *)' --on-deny fail " + task + "; echo $?"},
	}},
	{"Sessions and usage", "Cost is `-` where no price is known: [limits.md](limits.md).", []act{{types: "jcode sessions list"}, {types: "jcode usage"}}},
	{"Plugins", "The bundled ones; [plugins.md](plugins.md) tells how to install others.", []act{{types: "jcode plugins list"}}},
	{"Doctor", "What you do not use takes one line, and leaves the exit code 0.", []act{{types: "jcode doctor; echo $?"}}},
}
