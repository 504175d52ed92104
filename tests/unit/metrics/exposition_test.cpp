#include "metrics/exposition.hpp"

#include "catch.hpp"

using namespace nexthopd::metrics;
using namespace std::chrono_literals;

TEST_CASE("families and samples, as Prometheus reads them") {
    Exposition page;
    page.family("nexthopd_questions_total", Type::counter, "Questions of an MTA.");
    page.sample("surface", "transport", 12);
    page.sample("surface", "policy", 0);
    page.family("nexthopd_holds", Type::gauge, "Holds in force.");
    page.sample(std::uint64_t{18446744073709551615U});
    page.family("nexthopd_start_time_seconds", Type::gauge, "Since when.");
    page.sample(1795365580.25);
    CHECK(page.text() ==
          "# HELP nexthopd_questions_total Questions of an MTA.\n"
          "# TYPE nexthopd_questions_total counter\n"
          "nexthopd_questions_total{surface=\"transport\"} 12\n"
          "nexthopd_questions_total{surface=\"policy\"} 0\n"
          "# HELP nexthopd_holds Holds in force.\n"
          "# TYPE nexthopd_holds gauge\n"
          "nexthopd_holds 18446744073709551615\n"
          "# HELP nexthopd_start_time_seconds Since when.\n"
          "# TYPE nexthopd_start_time_seconds gauge\n"
          "nexthopd_start_time_seconds 1795365580.25\n");
}

TEST_CASE("a label cannot end its line or its quotes") {
    Exposition page;
    page.family("m", Type::gauge, "h");
    page.sample("l", "a\"b\\c\nd", 1);
    CHECK(page.text() == "# HELP m h\n# TYPE m gauge\nm{l=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST_CASE("the buckets of a histogram contain those before them") {
    Histogram histogram;
    histogram.observe(0ns);
    histogram.observe(50us);  // a bound belongs to its bucket
    histogram.observe(50001ns);
    histogram.observe(20ms);
    histogram.observe(2s);
    CHECK(histogram.counts().front() == 2);
    CHECK(histogram.counts().back() == 1);
    Exposition page;
    page.family("m_seconds", Type::histogram, "h");
    page.sample(histogram);
    CHECK(page.text() ==
          "# HELP m_seconds h\n# TYPE m_seconds histogram\n"
          "m_seconds_bucket{le=\"5e-05\"} 2\n"
          "m_seconds_bucket{le=\"0.0001\"} 3\n"
          "m_seconds_bucket{le=\"0.00025\"} 3\n"
          "m_seconds_bucket{le=\"0.0005\"} 3\n"
          "m_seconds_bucket{le=\"0.001\"} 3\n"
          "m_seconds_bucket{le=\"0.0025\"} 3\n"
          "m_seconds_bucket{le=\"0.005\"} 3\n"
          "m_seconds_bucket{le=\"0.01\"} 3\n"
          "m_seconds_bucket{le=\"0.025\"} 4\n"
          "m_seconds_bucket{le=\"0.1\"} 4\n"
          "m_seconds_bucket{le=\"0.25\"} 4\n"
          "m_seconds_bucket{le=\"1\"} 4\n"
          "m_seconds_bucket{le=\"+Inf\"} 5\n"
          "m_seconds_sum 2.020100001\n"
          "m_seconds_count 5\n");
}
