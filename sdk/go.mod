module github.com/jcode-go/jcode/sdk

go 1.26.0
