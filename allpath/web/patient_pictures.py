"""The pictures of one patient by the names of their files, each made only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from allpath.pictures.pathway import pathway_picture, way_picture
from allpath.pictures.picture import Picture
from allpath.pictures.timelines import timeline_of
from allpath.web import trends
from allpath.web.pages import Visit
from workflow.errors import NotFoundError
from workflow.found import Found


def picture_of(visit: Visit, found: Found, name: str) -> Picture:
    """One picture; raises NotFoundError where the patient has none of that name."""
    journal = visit.allpath.store.journal
    path_id = found.case.path.path_id
    made: dict[str, Callable[[], Picture]] = {
        "timeline": lambda: timeline_of(visit.allpath, found, journal(path_id)),
        "way": lambda: way_picture(found, journal(path_id)),
        "pathway": lambda: pathway_picture(found, journal(path_id)),
    }
    if name in made:
        return made[name]()
    for trend in trends.trends(found):
        if trend.name == name:
            return trend.file
    raise NotFoundError(f"There is no picture {name} of {path_id}; see the page of the patient.")
