// What tests came to: for people, and as JUnit XML for those who run them in CI.
#pragma once

#include <string>
#include <vector>

#include "rehearse/test_file.hpp"

namespace nexthopd::rehearse {

std::string text_report(const std::vector<FileResult>& files);
std::string junit_report(const std::vector<FileResult>& files);

}  // namespace nexthopd::rehearse
