#include "experiments/prepare/wndb.hpp"

#include <gmock/gmock.h>

#include "experiments/prepare/lexnames.hpp"
#include "search/study/errors.hpp"
#include "tests/experiments/folder_fixture.hpp"

namespace o2v::prepare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kObject =
    "00002684 03 n 02 object 0 physical_object 0 002 @ 00001930 n 0000 + 00532607 v 0105 | a tangible "
    "entity; \"it "
    "was full\"; \"rackets\"  ";

TEST(Wndb, ReadsOffsetFileTypeWordsAndDefinition) {
    const Synset synset = parse_wndb_line(kObject, "data.noun:30");
    EXPECT_EQ(synset.offset, 2684);
    EXPECT_EQ(synset.lexicographer_file, 3);
    EXPECT_EQ(synset.type, 'n');
    EXPECT_THAT(synset.lemmas, ElementsAre("object", "physical_object"));
    EXPECT_EQ(synset.definition, "a tangible entity");
}

TEST(Wndb, TheWordCountIsHexadecimal) {
    std::string line = "00000001 13 n 0b";
    for (char c = 'a'; c <= 'k'; ++c) line += std::string(" ") + c + " 0";
    EXPECT_EQ(parse_wndb_line(line + " 000 | eleven words", "f:1").lemmas.size(), 11u);
}

TEST(Wndb, ASemicolonWithoutAnExampleStaysInTheDefinition) {
    EXPECT_EQ(parse_wndb_line("00000001 13 n 01 a 0 000 | one; two  ", "f:1").definition, "one; two");
}

TEST(Wndb, CutsTheMarkerOfAnAdjective) {
    EXPECT_THAT(parse_wndb_line("00013887 00 s 01 galore(ip) 0 000 | existing in abundance", "f:1").lemmas,
                ElementsAre("galore"));
}

TEST(Wndb, AdjectivesAndVerbsHaveFurtherFieldsBeforeTheGloss) {
    const Synset verb = parse_wndb_line(
        "00001740 29 v 02 breathe 0 respire 2 001 * 00005041 v 0000 02 + 02 00 + 08 00 | draw air", "f:1");
    EXPECT_THAT(verb.lemmas, ElementsAre("breathe", "respire"));
    EXPECT_EQ(lexicographer_file_name(verb.lexicographer_file), "verb.body");
}

struct BadLine {
    const char* line;
    const char* field;
    const char* value;
};

class WndbBadLine : public testing::TestWithParam<BadLine> {};

TEST_P(WndbBadLine, NamesPlaceFieldAndValue) {
    try {
        parse_wndb_line(GetParam().line, "data.noun:7");
        FAIL() << "was accepted";
    } catch (const InputError& error) {
        ASSERT_EQ(error.problems().size(), 1u);
        EXPECT_EQ(error.problems()[0].where, std::string("data.noun:7: ") + GetParam().field);
        EXPECT_EQ(error.problems()[0].value, GetParam().value);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Fields, WndbBadLine,
    testing::Values(BadLine{"00000001 03 n 01 a 0 000 no gloss", "gloss", ""},
                    BadLine{"0000001 03 n 01 a 0 000 | short offset", "synset_offset", "0000001"},
                    BadLine{"0000000x 03 n 01 a 0 000 | letter", "synset_offset", "0000000x"},
                    BadLine{"00000001 45 n 01 a 0 000 | no such file", "lex_filenum", "45"},
                    BadLine{"00000001 3 n 01 a 0 000 | one digit", "lex_filenum", "3"},
                    BadLine{"00000001 03 x 01 a 0 000 | no such type", "ss_type", "x"},
                    BadLine{"00000001 03 n 00 000 | no words", "w_cnt", "00"},
                    BadLine{"00000001 03 n 0g a 0 000 | not a number", "w_cnt", "0g"},
                    BadLine{"00000001 03 n 02 a 0 | a word is missing", "word", ""}));

class WndbFile : public FolderTest {};

TEST_F(WndbFile, SkipsTheLicenceLines) {
    write("data.noun", "  1 This software and database\n  2 is provided\n" + std::string(kObject) + "\n");
    EXPECT_EQ(read_wndb(path("data.noun")).size(), 1u);
}

TEST_F(WndbFile, GathersAllBadLines) {
    write("data.noun", "bad\n" + std::string(kObject) + "\nworse\n");
    try {
        read_wndb(path("data.noun"));
        FAIL() << "was accepted";
    } catch (const InputError& error) {
        ASSERT_EQ(error.problems().size(), 2u);
        EXPECT_THAT(error.problems()[0].where, HasSubstr("data.noun:1"));
        EXPECT_THAT(error.problems()[1].where, HasSubstr("data.noun:3"));
    }
}

TEST_F(WndbFile, AMissingFileSaysWhatToInstall) {
    try {
        read_wndb(path("data.noun"));
        FAIL() << "was accepted";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("wordnet-base"));
    }
}

TEST_F(WndbFile, AFileWithoutASynsetIsRefused) {
    write("data.noun", "  1 licence\n");
    EXPECT_THROW(read_wndb(path("data.noun")), InputError);
}

TEST(Lexnames, TheNounsAre26NamesFromTopsToTime) {
    const auto names = noun_class_names();
    ASSERT_EQ(names.size(), 26u);
    EXPECT_EQ(names.front(), "noun.Tops");
    EXPECT_EQ(names[18 - kFirstNounFile], "noun.person");
    EXPECT_EQ(names.back(), "noun.time");
    EXPECT_EQ(lexicographer_file_name(29), "verb.body");
    EXPECT_EQ(lexicographer_file_name(44), "adj.ppl");
}

}  // namespace
}  // namespace o2v::prepare
