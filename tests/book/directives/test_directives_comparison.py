"""The comparison table: a cell for each word of the document, made of the claims that pages have judged."""

from small_book import CLAIMS, entry

PAGE = "# The table\n\n```{comparison-table}\n```\n"


def test_cells_come_from_the_claims(book):
    rows = [entry(*row) for row in CLAIMS]
    rows[0] |= {
        "origin": "Something else; Comparison table: mean squared error, outlier sensitivity",
        "word": "High for y",
    }
    rows[1]["origin"] = "Comparison table: mean squared error, computational cost"
    rows[2]["origin"] = "Comparison table: hinge loss, best use case"
    book.claims(rows)
    book.page("types/mse", "Mean squared error", CLAIMS[:2])
    book.page("types/mae", "Mean absolute error", CLAIMS[2:])
    book.write("comparison/whole.md", "---\norphan: true\n---\n" + PAGE)
    assert book.build() == ""
    table = book.html("comparison/whole").split('class="lb-comparison"')[1].split("</table>")[0]
    assert table.count("<tr") == 1 + 7
    assert table.count('<th scope="col">') == 6
    assert "1 holds, 1 holds with conditions, 1 does not hold as stated, 27 not measured" in table
    assert table.count("not measured in this edition</span></td>") == 7 * 5 - 3
    assert '<span class="lb-comparison__word">High for y</span>' in table
    assert 'href="../types/mse.html#claim-mse-one-outlier"' in table
    cost = table.split("claim-mse-large-errors")[0].rpartition("<td")[2]
    assert '<span class="lb-comparison__said">Low</span><span class="lb-comparison__word">Low</span>' in cost
    assert "It is true for outliers in y; one far out in x moves both lines alike.</span>" in table
    assert "a core type without a row in the document" in table
    assert "comparison.js" in book.html("comparison/whole")


def test_another_page_does_without_the_script(built):
    assert "comparison.js" not in built.html("index")
