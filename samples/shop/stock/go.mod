module shop/stock

go 1.22
