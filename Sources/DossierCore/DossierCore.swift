// DossierCore
