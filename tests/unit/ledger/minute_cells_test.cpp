#include "ledger/minute_cells.hpp"

#include "catch.hpp"

using namespace nexthopd::ledger;

TEST_CASE("cells of an hour") {
    std::string cells;
    append_cell(cells, 0, '4', 1);
    append_cell(cells, 59, '4', 127);
    append_cell(cells, 59, '4', 128);  // the same minute once more
    append_cell(cells, 30, '2', UINT64_MAX);
    append_cell(cells, 30, '5', 300'000);
    append_cell(cells, 30, '0', 7);
    append_cell(cells, 60, '4', 7);
    CHECK(sum_cells(cells, '4', 0, 59) == 256);
    CHECK(sum_cells(cells, '4', 1, 58) == 0);
    CHECK(sum_cells(cells, '4', -100, 0) == 1);
    CHECK(sum_cells(cells, '4', 59, 1'000) == 255);
    CHECK(sum_cells(cells, '5', 30, 30) == 300'000);
    CHECK(sum_cells(cells, '0', 0, 59) == 0);
    CHECK(sum_cells({}, '4', 0, 59) == 0);
}

TEST_CASE("broken cells end somewhere") {
    std::string cells;
    append_cell(cells, 5, '4', 3);
    CHECK(sum_cells(cells + '\xFF', '4', 0, 59) == 3);
    static_cast<void>(sum_cells(cells + std::string(100, '\xFF'), '4', 0, 59));
    static_cast<void>(sum_cells(std::string(100, '\x80'), '2', 0, 59));
}
