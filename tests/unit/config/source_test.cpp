#include "config/source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "config/reader.hpp"
#include "config/schema.hpp"

namespace fs = std::filesystem;
using namespace nexthopd::config;

namespace {

/// A folder of its own, removed at the end.
class Folder {
  public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "nexthopd-config-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()));
        path_ = pattern;
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
    }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    std::string path() const { return path_.string(); }

  private:
    fs::path path_;
};

std::string first_problem(const std::string& path) {
    const auto sources = load(path);
    return sources ? "" : to_text(sources.error().front());
}

}  // namespace

TEST_CASE("the .toml files of a folder, in the order of their bytes") {
    const Folder folder;
    for (const char* name : {"b.toml", "a.toml", "B.toml", "10.toml", "9.toml", ".hidden.toml", ".#a.toml",
                             "a.toml~", "a.toml.bak", "README"})
        folder.write(name, "");
    const auto sources = load(folder.path());
    REQUIRE(sources);
    std::vector<std::string> names;
    for (const auto& source : *sources)
        names.push_back(fs::path(source.name).filename().string());
    CHECK(names == std::vector<std::string>{"10.toml", "9.toml", "B.toml", "a.toml", "b.toml"});
}

TEST_CASE("a single file may have any name") {
    const Folder folder;
    folder.write("settings", "mode = \"observe\"\n");
    CHECK(read(folder / "settings").value().mode == Mode::observe);
}

TEST_CASE("an empty folder gives the defaults") {
    const Folder folder;
    CHECK(read(folder.path()).value() == defaults());
}

TEST_CASE("what cannot be read is a problem") {
    const Folder folder;
    CHECK(first_problem(folder / "absent") ==
          folder / "absent" + ": cannot be read: No such file or directory");
    CHECK_FALSE(read(folder / "absent"));

    fs::create_directory(folder / "x.toml");
    CHECK(first_problem(folder.path()) == folder / "x.toml" + ": cannot be read: not a regular file");
    fs::remove(folder / "x.toml");

    REQUIRE(::mkfifo((folder / "x.toml").c_str(), 0600) == 0);
    CHECK(first_problem(folder.path()) == folder / "x.toml" + ": cannot be read: not a regular file");
    fs::remove(folder / "x.toml");

    fs::create_symlink("nowhere", folder / "x.toml");
    CHECK(first_problem(folder.path()) == folder / "x.toml" + ": cannot be read: No such file or directory");
}

TEST_CASE("a file has a greatest size") {
    const Folder folder;
    folder.write("a.toml", '#' + std::string(max_file_size - 1, 'x'));
    CHECK(read(folder.path()));
    folder.write("a.toml", '#' + std::string(max_file_size, 'x'));
    CHECK(first_problem(folder.path()) == folder / "a.toml" + ": cannot be read: larger than 1048576 bytes");
}

TEST_CASE("a folder has a greatest number of files") {
    const Folder folder;
    for (std::size_t i = 0; i < max_files; ++i)
        folder.write(std::to_string(i) + ".toml", "");
    CHECK(load(folder.path()));
    folder.write("x.toml", "");
    CHECK(first_problem(folder.path()) == folder.path() + ": more than 200 files of settings");
}

TEST_CASE("the settings as shipped are right, and set only what must be set") {
    const auto settings = read(NEXTHOPD_SOURCE "/conf.d");
    if (!settings)
        for (const auto& problem : settings.error())
            UNSCOPED_INFO(to_text(problem));
    REQUIRE(settings);
    auto wanted = defaults();
    wanted.postfix.push_back({"postfix", "/etc/postfix", "journal"});
    CHECK(*settings == wanted);
}
