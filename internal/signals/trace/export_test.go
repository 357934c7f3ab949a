package trace

// ReadRows is Read with another limit of rows.
var ReadRows = read
