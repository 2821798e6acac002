module github.com/jcode-go/jcode/tools/vendorcheck

go 1.26.0
