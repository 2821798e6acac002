module github.com/jcode-go/jcode/plugins/antigravity

go 1.26.0
