module github.com/jcode-go/jcode/tools

go 1.26.0

require github.com/jcode-go/jcode/tools/standin v0.0.0

replace github.com/jcode-go/jcode/tools/standin => ./standin
