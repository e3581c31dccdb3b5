#include "experiments/prepare/licence.hpp"

namespace o2v::prepare {

std::string_view wordnet_readme() {
    return R"(Object2Vec pairs made by o2v-prepare from WordNet 3.0.

Each line of a .jsonl file is {"label": ..., "in0": [ids], "in1": [ids]}. in0 are the words for a concept, in1 its
definition (the gloss up to the first example sentence). Ids are those of the vocabulary files; 0 is padding, 1 stands
for every word that the training pairs hold too rarely. labels.json, where there is one, names the classes: WordNet's
lexicographer files for nouns, see lexnames(5WN). The split is by synset. prepared.json holds the options used.

WordNet's licence follows; it goes with every copy of the data.

WordNet Release 3.0 This software and database is being provided to you, the
LICENSEE, by Princeton University under the following license. By obtaining,
using and/or copying this software and database, you agree that you have read,
understood, and will comply with these terms and conditions.:

Permission to use, copy, modify and distribute this software and database and
its documentation for any purpose and without fee or royalty is hereby granted,
provided that you agree to comply with the following copyright notice and
statements, including the disclaimer, and that the same appear on ALL copies of
the software, database and documentation, including modifications that you make
for internal use or for distribution.

WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.

THIS SOFTWARE AND DATABASE IS PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO
REPRESENTATIONS OR WARRANTIES, EXPRESS OR IMPLIED. BY WAY OF EXAMPLE, BUT NOT
LIMITATION, PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES OF
MERCHANT- ABILITY OR FITNESS FOR ANY PARTICULAR PURPOSE OR THAT THE USE OF THE
LICENSED SOFTWARE, DATABASE OR DOCUMENTATION WILL NOT INFRINGE ANY THIRD PARTY
PATENTS, COPYRIGHTS, TRADEMARKS OR OTHER RIGHTS.

The name of Princeton University or Princeton may not be used in advertising or
publicity pertaining to distribution of the software and/or database. Title to
copyright in this software, database and any associated documentation shall at
all times remain with Princeton University and LICENSEE agrees to preserve same.
)";
}

std::string_view movielens_terms() {
    return R"(MovieLens belongs to GroupLens at the University of Minnesota. In short (the README of each set is what counts):
  - for research; commercial or revenue-bearing use needs GroupLens' permission first,
  - the files may not be passed on, nor what is derived from them, without permission,
  - do not state or imply an endorsement by the University of Minnesota or GroupLens,
  - publications cite F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", ACM Transactions
    on Interactive Intelligent Systems 5(4), 2015, https://doi.org/10.1145/2827872.
Sets and full terms: https://grouplens.org/datasets/movielens/
)";
}

std::string_view sick_terms() {
    return R"(SICK is by M. Marelli and others, under Creative Commons Attribution-NonCommercial-ShareAlike
(CC BY-NC-SA, https://creativecommons.org/licenses/by-nc-sa/3.0/). In short (the licence is what counts):
  - not for commercial purposes,
  - the authors are named; publications cite M. Marelli, S. Menini, M. Baroni, L. Bentivogli, R. Bernardi and
    R. Zamparelli, "A SICK cure for the evaluation of compositional distributional semantic models", LREC 2014,
  - what is derived from it may be passed on under the same licence only.
Set: https://zenodo.org/record/2787612
)";
}

}  // namespace o2v::prepare
