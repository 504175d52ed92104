#include "wiring/config_files.hpp"

#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::wiring;

namespace {

const std::string main_cf = "myhostname = mta.test\ntransport_maps =\n";
const std::string master_cf =
    "# service type  private unpriv  chroot  wakeup  maxproc command + args\n"
    "smtp      inet  n       -       y       -       -       smtpd\n"
    "qmgr      unix  n       -       n       300     1       qmgr\n"
    "#qmgr     unix  n       -       n       300     1       oqmgr\n"
    "rewrite   unix  -       -       y       -       -       trivial-rewrite\n"
    "smtp      unix  -       -       y       -       -       smtp\n"
    "        -o syslog_name=out\n"
    "relay     unix  -       -       y       -       -       smtp\n";

ConfigFiles enabled_with(const ConfigFiles& files, const Plan& plan = {}) {
    auto out = enabled(files, plan);
    INFO((out ? std::string() : out.error().text));
    REQUIRE(out);
    return *out;
}

std::string refused(const ConfigFiles& files, const Plan& plan = {}) {
    const auto out = enabled(files, plan);
    return out ? "accepted" : out.error().text;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what is added") {
    const auto files = enabled_with({main_cf, master_cf});
    CHECK(has(files.main_cf,
              "\nnexthopd_maps = socketmap:unix:nexthopd/socketmap:transport\n"
              "nexthopd_mx_filter = socketmap:unix:nexthopd/socketmap:mxfilter\n# nexthopd: end\n"));
    CHECK(has(files.master_cf, "     1       qmgr\n    -o rewrite_service_name=nexthop-rewrite\n#qmgr"));
    CHECK(
        has(files.master_cf,
            "-       smtp\n    -o smtp_dns_reply_filter=$nexthopd_mx_filter\n        -o syslog_name=out\n"));
    CHECK(has(files.master_cf,
              "\nnexthop-rewrite unix - - y - - trivial-rewrite\n    -o transport_maps=$nexthopd_maps\n"
              "    -o address_verify_transport_maps=\n# nexthopd: end\n"));
}

TEST_CASE("tables that are there are named first, and kept for probes") {
    const auto files = enabled_with(
        {main_cf, master_cf}, {.mxfilter = false, .transport_maps = "hash:/etc/postfix/t", .chroot = "n"});
    CHECK(has(files.main_cf,
              "\nnexthopd_maps = hash:/etc/postfix/t, socketmap:unix:nexthopd/socketmap:transport\n"
              "nexthopd_verify_maps = hash:/etc/postfix/t\n# nexthopd: end\n"));
    CHECK(has(files.master_cf, "nexthop-rewrite unix - - n - - trivial-rewrite"));
    CHECK(has(files.master_cf, "    -o address_verify_transport_maps=$nexthopd_verify_maps\n"));
    CHECK_FALSE(has(files.master_cf, "reply_filter"));
}

TEST_CASE("taken out again byte for byte") {
    const std::string texts[] = {main_cf, "", "a = b", "a = b\n\n\n", "# comment\n"};
    for (const auto& text : texts) {
        INFO(text);
        for (const auto& services :
             {master_cf, master_cf.substr(0, master_cf.size() - 1), master_cf + "\n"}) {
            const ConfigFiles before{text, services};
            const auto after = disabled(enabled_with(before));
            REQUIRE(after);
            CHECK(*after == before);
        }
    }
    const auto same = disabled({main_cf, master_cf});
    REQUIRE(same);
    CHECK(*same == ConfigFiles{main_cf, master_cf});
}

TEST_CASE("a later edit elsewhere survives") {
    auto files = enabled_with({main_cf, master_cf});
    files.main_cf = "first = line\n" + files.main_cf + "last = line\n";
    files.master_cf += "slow unix - - y - - smtp\n";
    const auto after = disabled(files);
    REQUIRE(after);
    CHECK(after->main_cf == "first = line\n" + main_cf + "last = line\n");
    CHECK(after->master_cf == master_cf + "slow unix - - y - - smtp\n");
}

TEST_CASE("an edit of our own lines is not taken out") {
    const auto files = enabled_with({main_cf, master_cf});
    const auto edited = [&](std::string ConfigFiles::*file, const std::string& what, const std::string& by) {
        auto changed = files;
        auto& text = changed.*file;
        text.replace(text.find(what), what.size(), by);
        const auto out = disabled(changed);
        return out ? "accepted" : out.error().text;
    };
    CHECK(has(edited(&ConfigFiles::main_cf, ":mxfilter", ":mxfilter.news"), "main.cf: what stands between"));
    CHECK(has(edited(&ConfigFiles::main_cf, "# nexthopd: end\n", ""),
              "main.cf: the line \"# nexthopd: end\" is missing"));
    CHECK(has(edited(&ConfigFiles::master_cf, "trivial-rewrite\n    -o", "trivial-rewrite\n    -v -o"),
              "changed by hand"));
    CHECK(has(edited(&ConfigFiles::master_cf, "    -o rewrite_service_name", "  -o rewrite_service_name"),
              "master.cf: \"-o rewrite_service_name=nexthop-rewrite\" was written or changed by hand"));
}

TEST_CASE("what is in the way") {
    CHECK(has(refused({"nexthopd_maps = socketmap:unix:x:transport\n", master_cf}),
              "main.cf: \"nexthopd_maps = "));
    CHECK(has(refused({main_cf, "smtp unix - - y - - smtp\n"}), "no service \"qmgr\""));
    CHECK(has(refused({main_cf, master_cf}, {.delivery = "out"}), "no service \"out\""));
    CHECK(has(
        refused({main_cf,
                 "qmgr unix n - n 300 1 qmgr\n  -o rewrite_service_name=other\nsmtp unix - - y - - smtp\n"}),
        "has an option rewrite_service_name= already"));
    CHECK(has(
        refused(
            {main_cf,
             "qmgr unix n - n 300 1 qmgr\nsmtp unix - - y - - smtp -o smtp_dns_reply_filter=regexp:/x\n"}),
        "has an option smtp_dns_reply_filter= already"));
}

TEST_CASE("the difference, for people") {
    CHECK(difference("main.cf", "a\nb\n", "a\nb\n").empty());
    CHECK(difference("main.cf", "a\nb\nc\n", "a\nx\ny\nb\nc\nz\n") ==
          "main.cf:\n@@ line 1 @@\n  a\n+ x\n+ y\n@@ line 5 @@\n  c\n+ z\n");
    CHECK(difference("main.cf", "a\nx\nb\n", "a\nb\n") == "main.cf:\n@@ line 1 @@\n  a\n- x\n");
}
