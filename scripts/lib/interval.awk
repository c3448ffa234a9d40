# interval(DIGITS): the interval of a line that arms.awk printed; a range is in brackets.
function interval(digits,   text) {
    if ($11 == "none") return "none"
    text = sprintf("%.*f to %.*f", digits, $8, digits, $9)
    return $11 == "range" ? "[" text "]" : text
}
