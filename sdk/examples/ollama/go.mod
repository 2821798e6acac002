module github.com/jcode-go/jcode/sdk/examples/ollama

go 1.26.0

require (
	github.com/jcode-go/jcode/sdk v0.0.0
)

replace github.com/jcode-go/jcode/sdk => ../..
