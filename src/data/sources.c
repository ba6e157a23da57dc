/* The table of data sets that can be downloaded: a row a set, by https. Their readers and the
 * places where they are looked for are other files' (find.c, and one file a format). */
#include "data/sources.h"

#include <string.h>

/* The publishers give the sizes of records, and so of the files that hold them, but not those of
 * the lists of names. */
enum { SMALLEST_LIST = 16, LARGEST_LIST = 4096 };
#define CIFAR10_BATCH (UINT64_C(10000) * 3073)
#define CIFAR100_BATCH(images) (UINT64_C(images) * 3074)
#define EXACTLY(size) .smallest = (size), .largest = (size)
#define A_LIST .smallest = SMALLEST_LIST, .largest = LARGEST_LIST

static const rl_remote_file cifar10_files[] = {
    {"cifar-10-binary.tar.gz", 170052171,
     "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
};
static const rl_archive_member cifar10_members[] = {
    {"cifar-10-batches-bin/data_batch_1.bin", EXACTLY(CIFAR10_BATCH)},
    {"cifar-10-batches-bin/data_batch_2.bin", EXACTLY(CIFAR10_BATCH)},
    {"cifar-10-batches-bin/data_batch_3.bin", EXACTLY(CIFAR10_BATCH)},
    {"cifar-10-batches-bin/data_batch_4.bin", EXACTLY(CIFAR10_BATCH)},
    {"cifar-10-batches-bin/data_batch_5.bin", EXACTLY(CIFAR10_BATCH)},
    {"cifar-10-batches-bin/test_batch.bin", EXACTLY(CIFAR10_BATCH)},
    {"cifar-10-batches-bin/batches.meta.txt", A_LIST},
};

static const rl_remote_file cifar100_files[] = {
    {"cifar-100-binary.tar.gz", 168513733,
     "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"},
};
static const rl_archive_member cifar100_members[] = {
    {"cifar-100-binary/train.bin", EXACTLY(CIFAR100_BATCH(50000))},
    {"cifar-100-binary/test.bin", EXACTLY(CIFAR100_BATCH(10000))},
    {"cifar-100-binary/fine_label_names.txt", A_LIST},
    {"cifar-100-binary/coarse_label_names.txt", A_LIST},
};

static const rl_remote_file fashion_mnist_files[] = {
    {"train-images-idx3-ubyte.gz", 26421880,
     "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
    {"train-labels-idx1-ubyte.gz", 29515,
     "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
    {"t10k-images-idx3-ubyte.gz", 4422102,
     "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
    {"t10k-labels-idx1-ubyte.gz", 5148,
     "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"},
};

static const rl_remote_file mnist_files[] = {
    {"train-images-idx3-ubyte.gz", 9912422,
     "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
    {"train-labels-idx1-ubyte.gz", 28881,
     "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
    {"t10k-images-idx3-ubyte.gz", 1648877,
     "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
    {"t10k-labels-idx1-ubyte.gz", 4542,
     "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const rl_source_row rows[] = {
    {.about = {"cifar10", "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
               COUNT(cifar10_files), 170052171},
     .files = cifar10_files,
     .members = cifar10_members,
     .member_count = COUNT(cifar10_members)},
    {.about = {"cifar100", "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
               COUNT(cifar100_files), 168513733},
     .files = cifar100_files,
     .members = cifar100_members,
     .member_count = COUNT(cifar100_members)},
    {.about = {"fashion-mnist",
               "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/"
               "fashion/",
               COUNT(fashion_mnist_files), 26421880 + 29515 + 4422102 + 5148},
     .files = fashion_mnist_files},
    {.about = {"mnist", "https://ossci-datasets.s3.amazonaws.com/mnist/", COUNT(mnist_files),
               9912422 + 28881 + 1648877 + 4542},
     .files = mnist_files},
};

const rl_data_source *rl_data_source_at(size_t index) {
    return index < COUNT(rows) ? &rows[index].about : NULL;
}

const rl_source_row *rl_source_find(const char *name) {
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].about.name, name) == 0)
            return &rows[i];
    return NULL;
}
