// Compiled for its precompiled headers only (tests/CMakeLists.txt).
