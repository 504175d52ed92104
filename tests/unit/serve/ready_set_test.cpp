#include "serve/ready_set.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <string>

#include "base/descriptor.hpp"
#include "catch.hpp"

using namespace nexthopd;
using namespace nexthopd::serve;
using namespace std::chrono_literals;

namespace {

/// One end of a socket pair in the set; what happens to it is written down.
class Peer final : public Watcher {
  public:
    Peer(ReadySet& set, std::vector<std::string>& story, std::string name) : set_(set), story_(story), name_(std::move(name)) {
        std::array<int, 2> ends{};
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
        near_ = base::Descriptor(ends[0]);
        far_ = base::Descriptor(ends[1]);
        REQUIRE(set_.add(near_.get(), *this, EPOLLIN));
    }
    void speak() { REQUIRE(::write(far_.get(), "x", 1) == 1); }
    void leave() { set_.remove(near_.get(), *this); }

    void read(const Moment& /*moment*/) override {
        std::array<char, 8> buffer{};
        REQUIRE(::read(near_.get(), buffer.data(), buffer.size()) > 0);
        story_.push_back("read " + name_);
    }
    void answer(const Moment& moment) override {
        story_.push_back("answer " + name_);
        moments.push_back(moment);
        if (work) work();
    }
    void write() override { story_.push_back("write " + name_); }

    std::function<void()> work;
    std::vector<Moment> moments;

  private:
    ReadySet& set_;
    std::vector<std::string>& story_;
    std::string name_;
    base::Descriptor near_;
    base::Descriptor far_;
};

struct World {
    boost::asio::io_context io;
    ReadySet set{io};
    std::vector<std::string> story;
    std::deque<Peer> peers;

    explicit World(int count) {
        for (int i = 0; i < count; ++i)
            peers.emplace_back(set, story, std::to_string(i));
    }
    /// Runs until so many entries are in the story.
    void run(std::size_t entries) {
        const auto end = base::Instant::clock::now() + 20s;
        while (story.size() < entries) {
            REQUIRE(base::Instant::clock::now() < end);
            io.run_one_for(100ms);
        }
    }
    auto at(const std::string& entry) const { return std::find(story.begin(), story.end(), entry) - story.begin(); }
};

void spin(base::Duration length) {
    const auto end = base::Instant::clock::now() + length;
    while (base::Instant::clock::now() < end) {
    }
}

}  // namespace

TEST_CASE("a batch is read, then answered, then written to") {
    World world(100);
    for (auto& peer : world.peers)
        peer.speak();
    world.run(300);
    CHECK(world.story.size() == 300);
    for (std::size_t i = 0; i < world.peers.size(); ++i) {
        CHECK(world.peers[i].moments.size() == 1);
        CHECK(world.at("read " + std::to_string(i)) < world.at("answer " + std::to_string(i)));
        CHECK(world.at("answer " + std::to_string(i)) < world.at("write " + std::to_string(i)));
    }
    CHECK(world.at("read 1") < world.at("answer 0"));
}

TEST_CASE("a reply does not wait for slow ones behind it") {
    World world(3);
    world.peers[1].work = [] { spin(5ms); };
    for (auto& peer : world.peers)
        peer.speak();
    world.run(9);
    CHECK(world.at("write 0") < world.at("answer 2"));
    CHECK(world.at("write 1") < world.at("answer 2"));
}

TEST_CASE("time that was spent on others counts from when the bytes may have been there") {
    World world(2);
    world.peers[0].work = [&] {
        if (world.peers[0].moments.size() == 1) {
            world.peers[1].speak();
            spin(50ms);
        }
    };
    world.peers[0].speak();
    world.run(6);
    const auto& moment = world.peers[1].moments.at(0);
    CHECK(moment.now - moment.since >= 50ms);
    CHECK(moment.since >= world.peers[0].moments.at(0).since);

    // After a pause nothing has waited.
    spin(50ms);
    world.peers[1].speak();
    world.run(9);
    CHECK(world.peers[1].moments.at(1).now - world.peers[1].moments.at(1).since < 50ms);
}

TEST_CASE("who is removed is not called any more, also in the middle of a batch") {
    World world(3);
    world.peers[0].work = [&] {
        world.peers[0].leave();
        world.peers[1].leave();
    };
    for (auto& peer : world.peers)
        peer.speak();
    world.run(6);
    world.peers[2].speak();
    world.run(9);
    CHECK(world.story == std::vector<std::string>{"read 0", "read 1", "read 2", "answer 0", "answer 2", "write 2",
                                                  "read 2", "answer 2", "write 2"});
}
