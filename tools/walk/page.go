package main

import "strings"

const head = `# The first ten minutes

What a new user types, and what the terminal shows. The screens are real: a program
typed into a shell in tmux, 90 columns wide, against stand-ins on the same machine for
the vendor's login and model (they are why addresses begin with 127.0.0.1, and why a
page agreed by itself). What differs each time (home folder, port, codes, ids, digests,
times, free space) was replaced, and the version is made up.
To record them anew: ` + "`make walk`" + `, which needs tmux.
`

// render is the page: chapters in order, each with its screen.
func render(screens []string) string {
	var b strings.Builder
	b.WriteString(head)
	for i, c := range chapters {
		b.WriteString("\n## " + c.title + "\n\n")
		if c.says != "" {
			b.WriteString(c.says + "\n\n")
		}
		b.WriteString("```console\n" + trimLines(screens[i]) + "\n```\n")
	}
	return b.String()
}

// trimLines takes away spaces at the ends of lines, as tmux itself mostly does.
func trimLines(screen string) string {
	rows := strings.Split(screen, "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return strings.Join(rows, "\n")
}
