"""Fields for photos, straight from the camera or out of the gallery."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ACCEPTED = "image/jpeg,image/png,image/webp"
MOST_PHOTOS = 6


class CameraInput(forms.FileInput):
    """Opens the camera on a phone; on a desk it is a file to pick."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": ACCEPTED, "capture": "environment", **(attrs or {})})


class GalleryInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": ACCEPTED, **(attrs or {})})


class GalleryField(forms.FileField):
    """Any number of files up to `MOST_PHOTOS`."""

    widget = GalleryInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = [super(GalleryField, self).clean(one, initial) for one in data or ()]
        if not files and self.required:
            super().clean(None, initial)
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(_("At most %(most)s photos at once.") % {"most": MOST_PHOTOS})
        return files


class PhotosForm(forms.Form):
    """A photo from the camera and others from the gallery; `photos` are all of them."""

    taken = forms.FileField(label=gettext_lazy("Take a photo"), required=False, max_length=255, widget=CameraInput)
    picked = GalleryField(label=gettext_lazy("Choose photos"), required=False, max_length=255)

    @property
    def photos(self) -> Sequence[File[Any]]:
        taken = self.cleaned_data.get("taken")
        return [*([taken] if taken else []), *self.cleaned_data.get("picked", [])]
