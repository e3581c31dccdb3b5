#include "orchestrator/dashboard_request.hpp"

#include <gtest/gtest.h>

#include "orchestrator/gzip.hpp"

namespace o2v::orchestrator {
namespace {

unsigned refused(const std::string& target, const std::string& method = "GET") {
    const Route route = route_of(method, target);
    const auto* refusal = std::get_if<Refusal>(&route);
    return refusal ? refusal->status : 200;
}

TEST(DashboardRoutes, AreWhatThePageAsksFor) {
    EXPECT_EQ(route_of("GET", "/"), Route(PageRoute{}));
    EXPECT_EQ(route_of("HEAD", "/?x=1"), Route(PageRoute{}));
    EXPECT_EQ(route_of("GET", "/api/studies"), Route(StudiesRoute{}));
    EXPECT_EQ(route_of("GET", "/api/studies/a%20%3Cb%3E"), Route(StudyRoute{"a <b>"}));
    EXPECT_EQ(route_of("GET", "/api/studies/wordnet/events?since=4"), Route(EventsRoute{"wordnet"}));
    EXPECT_EQ(route_of("GET", "/api/studies/wordnet/trials/12/log"), Route(LogRoute{"wordnet", 12}));
}

TEST(DashboardRoutes, RefuseEverythingElse) {
    EXPECT_EQ(refused("/", "POST"), 405u);
    EXPECT_EQ(refused("/api/studies/a", "DELETE"), 405u);
    for (const char* target : {"/favicon.ico", "/api", "/api/studies/a/b", "/api/studies/a/trials/1",
                               "/api/studies/a/trials/1/log/x", "/study.db"})
        EXPECT_EQ(refused(target), 404u) << target;
    for (const char* target :
         {"", "api/studies", "http://x/api/studies", "/api/studies/", "/api/studies/..",
          "/api/studies/%2e%2e", "/api/studies/..%2Fetc", "/api/studies/%2Fetc%2Fpasswd",
          "/api/studies/a%00b", "/api/studies/a%", "/api/studies/a%2", "/api/studies/a%zz",
          "/api/studies/a%+1", "/api/studies/./events", "/api/studies/a/trials/-1/log",
          "/api/studies/a/trials/x/log", "/api/studies/a/trials//log", "/api/studies/a/trials/1x/log",
          "/api/studies/a/trials/99999999999999999999/log"})
        EXPECT_EQ(refused(target), 400u) << target;
}

TEST(DashboardHosts, AreLoopbackNames) {
    for (const char* host :
         {"localhost", "LocalHost:8081", "127.0.0.1", "127.0.0.1:8081", "127.1.2.3:1", "[::1]", "[::1]:8081"})
        EXPECT_TRUE(names_loopback(host)) << host;
    for (const char* host :
         {"", "evil.example", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example",
          "127.evil.0.1", "128.0.0.1", "127.0.0", "[::2]", "[::1", "0x7f000001", "localhost@evil"})
        EXPECT_FALSE(names_loopback(host)) << host;
}

TEST(DashboardTags, AreNamedOneAmongOthersAndWeak) {
    for (const char* header : {R"("ab")", R"(W/"ab")", R"("x", "ab")", "\"x\",\t\"ab\" ", "*", R"("x", *)"})
        EXPECT_TRUE(names_tag(header, R"("ab")")) << header;
    for (const char* header :
         {"", ",", "ab", R"("a")", R"("abc")", R"(w/"ab")", R"(W/ "ab")", R"("AB")", "**"})
        EXPECT_FALSE(names_tag(header, R"("ab")")) << header;
}

TEST(DashboardEncodings, GzipIsTakenWhereItIsNamed) {
    EXPECT_TRUE(takes_gzip("gzip"));
    EXPECT_TRUE(takes_gzip("deflate, GZIP;q=0.5, br"));
    EXPECT_FALSE(takes_gzip(""));
    EXPECT_FALSE(takes_gzip("br, gzip;q=0"));
    EXPECT_FALSE(takes_gzip("gzip;q=0.000"));
    EXPECT_FALSE(takes_gzip("xgzip"));
    const std::string text(100'000, 'x');
    const std::string packed = gzipped(text);
    EXPECT_LT(packed.size(), 1000u);
    EXPECT_EQ(packed.substr(0, 3), "\x1f\x8b\x08");
    // RFC 1952: the last four bytes are the length.
    EXPECT_EQ(packed.substr(packed.size() - 4), std::string("\xa0\x86\x01\x00", 4));
}

}  // namespace
}  // namespace o2v::orchestrator
