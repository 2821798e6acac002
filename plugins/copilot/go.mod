module github.com/jcode-go/jcode/plugins/copilot

go 1.26.0
