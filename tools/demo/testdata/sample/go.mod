module example.com/wrap

go 1.26.0
