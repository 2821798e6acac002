module github.com/jcode-go/jcode/tools/standin

go 1.26.0
