module github.com/jcode-go/jcode/plugins/cursor

go 1.26.0
