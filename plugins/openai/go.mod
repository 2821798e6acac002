module github.com/jcode-go/jcode/plugins/openai

go 1.26.0
