"""What CASA starts from in the image, in the kernel and in scripts: the data that are packaged.

Without it `import casatasks` looks for data in the person's home and fails. A person's own
`~/.casa/config.py` wins.
"""

from pathlib import Path

import casadata

measurespath = str(Path(casadata.__file__).parent / "__data__")
# Containers may have no network; newer data come with a newer image.
measures_auto_update = False
data_auto_update = False
